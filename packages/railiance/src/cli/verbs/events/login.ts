import { exitCodes, Failure } from '../../../domain/failure.ts';
import { hubFolder } from '../../../events/hubFolder.ts';
import { createRedactor } from '../../../exec/redact.ts';
import { defineCommand, optional } from '../../command.ts';
import { keepHubKey } from '../../hub/hubKey.ts';
import { hubNear } from '../../hub/hubNear.ts';
import { openRecords } from '../../records.ts';
import { readValue } from '../secrets/readValue.ts';

export default defineCommand({
  name: 'events login',
  group: 'Operate',
  summary: "Keep the hub's key in this machine's secret store",
  description: [
    'The key comes from standard input or a hidden prompt, and is used where [hub] in blueprint.toml says key = "store", which is the default.',
    'An administrator makes it in the hub under Settings, or with `inter-hub create-key railiance "hub:*:write"`.',
  ],
  arguments: { app: optional('slug or folder whose blueprint.toml names the hub; without it, the one here or above') },
  options: {},
  examples: [{ line: 'railiance events login', does: 'asks for the key of the hub in blueprint.toml' }],
  async run({ args, output, env, cwd, stdin }) {
    const hub = await hubNear(args.app, cwd);
    if (hub.key !== 'store') {
      throw new Failure('keep the key of the hub', `blueprint.toml says that it is in ${hub.key}`, {
        hint: 'write key = "store" there, or leave it out',
        exitCode: exitCodes.invalidInput,
      });
    }
    const { home } = await openRecords(env);
    const key = await readValue(`the key of ${hub.url}`, 'events login', { stdin, output });
    output.redactWith(createRedactor([key.reveal()]));
    await keepHubKey(hub.url, key, home);
    await hubFolder(home, hub).remember();
    output.result({ schema: 'railiance.events.login.v1', url: hub.url } as const, () =>
      output.line(`the key of ${hub.url} is kept; railiance events flush tries it`),
    );
  },
});

import { Secret } from '../../../domain/secret.ts';
import { freshValue } from '../../../secrets/freshValue.ts';
import { isMadeHere } from '../../../secrets/madeHere.ts';
import { openSecretsFile } from '../../../secrets/openSecrets.ts';
import { type Address, addressLabel, findLeaf, openWithSameKey, setValue } from '../../../secrets/sops/index.ts';
import { replaceSecretsFile } from '../../../secrets/sopsFile.ts';
import { defineCommand, flag, required } from '../../command.ts';
import { addressOf, changing, chooseFile, fileOptions, keySources, notThere } from './file.ts';
import { labels, rotateKept } from './rotateKept.ts';

export default defineCommand({
  name: 'secrets rotate',
  group: 'Secrets',
  summary: 'Give a secret a new random value, in the form of the old one',
  description: [
    'With --keep-previous, or where NAME_PREVIOUS is in the file already, the old value goes there: an app that takes both ' +
      'keeps its sessions, and an older release that is brought back still reads those of the newer one.',
    'What railiance made itself is rotated as well: names under generate, and DATABASE_URL of an app with [database], whose ' +
      'login turns between two roles, so that the release before still logs in when it is brought back.',
    'The new value reaches the app with the next deploy.',
  ],
  arguments: { name: required('the name, or an address such as ["session"]["secret"]') },
  options: { ...fileOptions, keepPrevious: flag('keep the old value as NAME_PREVIOUS') },
  examples: [
    { line: 'railiance secrets rotate IHP_SESSION_SECRET --keep-previous', does: 'and nobody is logged out' },
    { line: 'railiance secrets rotate DATABASE_URL --stage production', does: 'a new database password' },
  ],
  async run({ args, options, ...around }) {
    const { output } = around;
    const address = addressOf(args.name);
    const { file, app } = await chooseFile(options, around.cwd);
    if (app && isMadeHere(app, args.name) && !(await namesIn(file, around.cwd)).includes(args.name)) {
      const stages = await rotateKept({
        ...around,
        app,
        name: args.name,
        stage: options.stage,
        keepPrevious: options.keepPrevious,
      });
      output.result({ schema: 'railiance.secrets.rotated.v1', file: null, name: args.name, stages } as const, () => {
        output.line(`${args.name} has a new value for ${labels(stages)}`);
        output.note('deploy to put it to use; the release before keeps the one that it has');
      });
      return;
    }
    const source = await openSecretsFile(file, keySources(around));
    const name = addressLabel(address);
    const [old, previous] = await changing(`read ${file}`, file, () => {
      const kept = previousOf(address);
      return [
        findLeaf(source.opened, address),
        findLeaf(source.opened, kept) ?? (options.keepPrevious && kept),
      ] as const;
    });
    if (old === undefined) throw notThere(address, file);
    const value = freshValue(name, new Secret(old.scalar.text));
    const text = await changing(`rotate ${name} in ${file}`, file, async () => {
      const first = await setValue(source.opened, address, value.reveal());
      if (!previous) return first;
      return await setValue(await openWithSameKey(source.opened, first), previousOf(address), old.scalar.text);
    });
    await replaceSecretsFile(source, text);
    const kept = previous ? addressLabel(previousOf(address)) : undefined;
    output.result({ schema: 'railiance.secrets.rotated.v1', file, name, previous: kept ?? null } as const, () => {
      output.line(`${name} has a new value${kept === undefined ? '' : `; the old one is ${kept}`}`);
      output.note('deploy to put it to use; if the old value leaked: railiance secrets revoke');
    });
  },
});

/** None where there is no file: then everything was made here. */
async function namesIn(file: string, cwd: string): Promise<readonly string[]> {
  const { readSecretNames } = await import('../../../secrets/appSecrets.ts');
  return await readSecretNames(file, cwd).catch(() => []);
}

function previousOf(address: Address): Address {
  return [...address.slice(0, -1), `${address.at(-1)}_PREVIOUS`];
}

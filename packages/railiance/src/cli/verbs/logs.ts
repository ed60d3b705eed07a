import { defineCommand, flag, integer, mostOfAll, optional, text } from '../command.ts';
import { knownTarget } from '../knownTarget.ts';
import { dim } from '../output/text.ts';
import { openRecords } from '../records.ts';

export default defineCommand({
  name: 'logs',
  group: 'Look',
  summary: 'Show what an app prints',
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage; without it, production or the only one'),
    follow: flag('go on as lines come', { short: 'f' }),
    tail: integer('count', 'how many lines of the past', 100, [0, mostOfAll]),
    instance: text('id', 'one instance, also one that has ended; without it, the active one'),
  },
  examples: [
    { line: 'railiance logs probe --follow', does: 'watch production' },
    { line: 'railiance logs probe --stage canary --tail 500', does: 'the last 500 lines of the canary' },
  ],
  async run({ args, options, output, env, cwd, signal }) {
    const records = await openRecords(env, cwd);
    const target = await knownTarget({ reference: args.app, stage: options.stage, cwd, records, output });
    const { follow, tail, instance } = options;
    const stop = AbortSignal.any([signal, output.closed]);
    const { engine } = records;
    const lines = engine.logs(target, { follow, tail, signal: stop, ...(instance !== undefined && { instance }) });
    for await (const line of lines) {
      output.record({ schema: 'railiance.log.v1', ...line } as const, [dim(line.at), ' ', line.line]);
    }
  },
});

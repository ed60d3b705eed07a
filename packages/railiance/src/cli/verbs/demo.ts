import { exitCodes } from '../../domain/failure.ts';
import type { ProgressEvent } from '../../domain/progress.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { type CommandContext, defineCommand, flag } from '../command.ts';
import { openToolbox } from '../compose.ts';
import { freePort } from '../demo/freePort.ts';
import { play } from '../demo/play.ts';
import { Stagehand } from '../demo/stagehand.ts';
import { makeWorkplace, type Workplace } from '../demo/workplace.ts';
import { formatDuration, plural } from '../output/format.ts';
import { bold, dim, green, red } from '../output/text.ts';
import { openRecords } from '../records.ts';
import history from './history.ts';
import status from './status.ts';

type Around = Omit<CommandContext<unknown, unknown>, 'args' | 'options'>;

/** What a person would look at in the end, with the very commands for it. */
async function lookBack(around: Around): Promise<void> {
  const { output } = around;
  if (output.json) return;
  output.note('');
  output.note(dim('   $ railiance status'));
  await status.run({ ...around, args: { app: undefined }, options: { stage: undefined } });
  output.note('');
  output.note(dim('   $ railiance history probe'));
  const options = { stage: 'production', run: undefined, limit: 20 };
  await history.run({ ...around, args: { app: 'probe' }, options });
  output.note('');
}

async function end(around: Around, { root, home, remove }: Workplace, keep: boolean): Promise<void> {
  const { engine } = await openRecords(around.env);
  if (!keep) {
    await engine.down();
    return remove();
  }
  const agent = await engine.agentStatus();
  const urls = agent?.targets.filter(({ status: seen }) => seen.active).map(({ status: seen }) => seen.url) ?? [];
  for (const url of urls) around.output.note(['  ', bold(url)]);
  around.output.note([
    'stop it with  ',
    bold(`RAILIANCE_HOME=${home} npx railiance local down`),
    dim(`, then remove ${root}`),
  ]);
}

export default defineCommand({
  name: 'demo',
  group: 'Prepare',
  summary: 'Show the whole path on this machine in a minute, broken versions included',
  description: [
    'Works in a temporary folder with a state of its own, and stops and removes everything in the end. Exits 0 only if each thing it promises was seen.',
  ],
  arguments: {},
  options: { keep: flag('leave it running, and say where and how to stop it') },
  examples: [
    { line: 'railiance demo', does: 'watch it' },
    { line: 'railiance demo --keep', does: 'watch it, then look around' },
  ],
  async run({ options, ...given }) {
    const started = performance.now();
    const { output, signal } = given;
    const workplace = await makeWorkplace(createLocalExec());
    const around = { ...given, cwd: workplace.appDir, env: { ...given.env, RAILIANCE_HOME: workplace.home } };
    const toolbox = await openToolbox(around.env);
    const stage = new Stagehand({ workplace, toolbox, output, signal });
    try {
      const note = (event: ProgressEvent) => event.kind === 'note' && output.note(dim(event.text));
      await toolbox.engine.up(note, await freePort(8080));
      await play(stage, workplace, toolbox);
      await lookBack(around);
    } finally {
      await end(around, workplace, options.keep);
    }
    const missed = stage.sights.filter(({ seen }) => !seen);
    output.result({ schema: 'railiance.demo.v1', sights: stage.sights } as const, () => {
      const took = formatDuration(performance.now() - started);
      if (missed.length === 0)
        output.line([green('✓ '), bold(`all ${plural(stage.sights.length, 'promise')} seen`), ` in ${took}`]);
      else
        output.line(
          red(`✗ ${plural(missed.length, 'promise')} not seen: ${missed.map(({ what }) => what).join('; ')}`),
        );
    });
    return missed.length === 0 ? exitCodes.done : exitCodes.failedAndRolledBack;
  },
});

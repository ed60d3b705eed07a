import { exitCodes } from '../../domain/failure.ts';
import type { ProgressEvent } from '../../domain/progress.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { type CommandContext, defineCommand, flag } from '../command.ts';
import { openToolbox } from '../compose.ts';
import { freePort } from '../demo/freePort.ts';
import { play } from '../demo/play.ts';
import { type ConnectedHub, lookIntoHub, playHub } from '../demo/playHub.ts';
import { type Sight, Stagehand } from '../demo/stagehand.ts';
import { makeWorkplace, type Workplace } from '../demo/workplace.ts';
import { formatDuration, plural } from '../output/format.ts';
import { bold, dim, green, red } from '../output/text.ts';
import type { Output } from '../output.ts';
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

/** The pages of the hub that the demo has filled, for whoever opens it. */
const inTheHub = [
  ['/deployments', 'what runs where, each run with the time of its steps, DORA'],
  ['/triage', 'the three failures, each with its cause and evidence, to accept or reject'],
  ['/interactions', 'every event, live'],
] as const;

function showHub({ output }: Around, { url, link }: ConnectedHub, stays: boolean): void {
  output.note('');
  if (stays) output.note([dim('the hub  '), bold(url), dim(', for the first time by '), bold(link)]);
  else output.note([dim('look into the hub yourself with  '), bold('railiance demo --keep')]);
  for (const [path, words] of inTheHub) output.note(dim(`  ${path.padEnd(13)}  ${words}`));
}

/** On a terminal the person decides; elsewhere `--keep` does. */
async function staysUp({ output }: Around, keep: boolean): Promise<boolean> {
  if (keep || !output.interactive) return keep;
  return !(await output.confirm('Stop everything and remove it? No leaves it running'));
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
    'Works in a temporary folder with a state of its own, and stops and removes everything in the end; on a terminal it asks before that. Exits 0 only if each thing it promises was seen.',
    "Deploys Inter-Hub, the team's console, first, and prints a link that opens it once: the rest can be watched there.",
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
    const { probe, hub: hubFolder } = workplace;
    const takeBackSweep = workplace.sweepAtExit();
    const around = { ...given, cwd: probe.dir, env: { ...given.env, RAILIANCE_HOME: workplace.home } };
    const toolbox = await openToolbox(around.env);
    const stage = new Stagehand({ app: probe, toolbox, output, signal });
    let keep = options.keep;
    try {
      const note = (event: ProgressEvent) => event.kind === 'note' && output.note(dim(event.text));
      await toolbox.engine.up(note, await freePort(8080));
      if ('missing' in hubFolder) output.warn(`Inter-Hub is left out: ${hubFolder.missing}`);
      const hub = 'missing' in hubFolder ? undefined : await playHub(stage, hubFolder, workplace, toolbox);
      await play(stage, probe, toolbox);
      if (hub) await lookIntoHub(stage, hub, toolbox);
      await lookBack(around);
      const { root, home } = workplace;
      const kept = options.keep && hub && { root, home, hub: { url: hub.url, link: hub.link } };
      report(output, { sights: stage.sights, ...(kept && { kept }) }, performance.now() - started);
      if (hub) showHub(around, hub, keep || output.interactive);
      keep = await staysUp(around, keep);
    } finally {
      // Whoever stops it half-way is told of nothing to look around in.
      await end(around, workplace, keep && !signal.aborted);
      takeBackSweep();
    }
    return stage.sights.every(({ seen }) => seen) ? exitCodes.done : exitCodes.failedAndRolledBack;
  },
});

interface Reported {
  readonly sights: readonly Sight[];
  /** Where to look around, with --keep. */
  readonly kept?: {
    readonly root: string;
    readonly home: string;
    readonly hub: { readonly url: string; readonly link: string };
  };
}

function report(output: Output, { sights, kept }: Reported, durationMs: number): void {
  const missed = sights.filter(({ seen }) => !seen);
  output.result({ schema: 'railiance.demo.v1', sights, ...(kept && { kept }) } as const, () => {
    const took = formatDuration(durationMs);
    if (missed.length === 0)
      output.line([green('✓ '), bold(`all ${plural(sights.length, 'promise')} seen`), ` in ${took}`]);
    else
      output.line(red(`✗ ${plural(missed.length, 'promise')} not seen: ${missed.map(({ what }) => what).join('; ')}`));
  });
}

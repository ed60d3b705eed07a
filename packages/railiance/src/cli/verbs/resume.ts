import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import { replay } from '../../pipeline/runState.ts';
import type { RunStore } from '../../pipeline/runStore.ts';
import { makeReady, waitMsOf } from '../carryOut.ts';
import { defineCommand, flag, optional, text } from '../command.ts';
import { openToolbox } from '../compose.ts';
import { knownTarget } from '../knownTarget.ts';
import { observeRuns, printSummary } from '../runObserver.ts';
import { stageOf } from '../stageOf.ts';

/** The run that was cut off: only the newest can be, since each run begins by finishing the ones before it. */
async function openRun(target: Target, runs: RunStore): Promise<string> {
  const [newest] = await runs.list(target);
  const state = newest === undefined ? undefined : replay(await runs.read(target, newest));
  if (state && !state.ended) return state.runId;
  throw new Failure(`resume ${targetLabel(target)}`, 'no run was cut off there', {
    hint: `railiance history ${target.app} --stage ${target.stage}`,
    exitCode: exitCodes.invalidInput,
  });
}

export default defineCommand({
  name: 'resume',
  group: 'Operate',
  resumable: true,
  summary: 'Go on with a run that was cut off, or take it back with --undo',
  description: [
    'A killed process or machine leaves a journal that says where the run stopped; `railiance status` shows it. The next deploy, promote, rollback or restart would finish it first by itself.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage; without it, production or the only one'),
    undo: flag('take back what the run did'),
    wait: text('duration', 'wait so long for another run on this app and stage, e.g. 5m'),
  },
  examples: [
    { line: 'railiance resume probe --stage canary', does: 'go on where it stopped' },
    { line: 'railiance resume probe --stage canary --undo', does: 'the old version, as if nothing had been' },
  ],
  async run({ args, options, output, env, cwd, signal }) {
    const toolbox = await openToolbox(env, output, cwd);
    const target = await knownTarget({ reference: args.app, stage: options.stage, cwd, records: toolbox, output });
    const runId = await openRun(target, toolbox.runs);
    const { stage, hub } = await stageOf(target.stage, args.app, cwd);
    await makeReady(toolbox.portsFor(stage), output);
    const runner = toolbox.runnerFor(stage, hub, observeRuns(output));
    const command = `resume ${target.app} --stage ${target.stage}${options.undo ? ' --undo' : ''}`;
    const { actor } = toolbox;
    const asked = { target, actor, command, signal, runId, waitMs: waitMsOf(options.wait) };
    const summary = options.undo ? await runner.abandon(asked) : await runner.resume(asked);
    output.result(summary, () => printSummary(summary, output));
    return summary.exitCode;
  },
});

import type { Clock } from '../domain/clock.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { Plan, PlannedStep } from '../domain/plan.ts';
import { journalSchema, type RunEntry, type StepOutcome } from '../domain/runRecord.ts';
import type { Cause } from '../domain/verdict.ts';
import { causeOfError, cutOffBy, placeIn, refuseToTakeOver } from './interruption.ts';
import type { Lease } from './lease.ts';
import { appendLeased, assertLeased, stateOf } from './leasedJournal.ts';
import type { Leases } from './leases.ts';
import { lookAhead } from './lookAhead.ts';
import { type Move, nextMove } from './nextMove.ts';
import type { RunEvent, RunObserver } from './runEvents.ts';
import { createRunId } from './runId.ts';
import { type RunState, replay } from './runState.ts';
import type { Journal, RunStore } from './runStore.ts';
import { type CutOff, type RunSummary, summarise } from './runSummary.ts';
import type { StepContext, StepOf, StepResult } from './step.ts';
import { stepContext } from './stepContext.ts';

export interface RunnerPorts {
  readonly runs: RunStore;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly stepOf: StepOf;
  readonly observer: RunObserver;
}

export interface RunOptions {
  readonly target: Target;
  /** Who asks. */
  readonly actor: string;
  /** The command as typed, shown to whoever finds the lease taken. */
  readonly command: string;
  /** Aborted by the first Ctrl-C: finish what must not be stopped, then undo. A second one just ends the process. */
  readonly signal: AbortSignal;
  /** How long to wait for another holder of the lease; absent: not at all. */
  readonly waitMs?: number;
}

type RunIdOption = { readonly runId: string };

export interface Runner {
  /**
   * Takes the lease, finishes what a dead process left, then makes the plan and carries it out. The plan is made under
   * the lease, so that its facts still hold.
   * @throws Failure where nothing was begun: lease held, plan refused, journal not writable
   */
  run(options: RunOptions & { readonly plan: () => Promise<Plan> }): Promise<RunSummary>;
  /** Goes on where a run was cut off: forward, or back if it was failing. @throws Failure where it is over */
  resume(options: RunOptions & RunIdOption): Promise<RunSummary>;
  /** Undoes a run that was cut off. @throws Failure where it is over, or its release is verified already */
  abandon(options: RunOptions & RunIdOption): Promise<RunSummary>;
}

/** One run in the hands of this process. */
interface Work {
  readonly ports: RunnerPorts;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly interrupt: AbortSignal;
  readonly told: Parameters<typeof appendLeased>[0]['told'];
}

export function createRunner(given: RunnerPorts): Runner {
  const observer: RunObserver = (event) => {
    try {
      given.observer(event);
    } catch {
      // Whatever happens to who watches (a closed terminal, say) must not change the run.
    }
  };
  const ports = { ...given, observer };

  async function underLease<T>(
    options: RunOptions,
    runIdOf: (fencing: number) => string,
    work: (lease: Lease) => Promise<T>,
  ) {
    const { target, command, signal, waitMs = 0 } = options;
    const onWaiting = (holder: string) => observer({ kind: 'lease-waiting', holder });
    const lease = await ports.leases.take(target, { command, runIdOf, waitMs, signal, onWaiting });
    try {
      return await work(lease);
    } finally {
      await lease.release();
    }
  }

  return {
    run: (options) => underLease(options, createRunId, (lease) => begin(ports, options, lease)),
    resume: (options) =>
      underLease(
        options,
        () => options.runId,
        (lease) => takeOver(ports, options, lease, 'resume'),
      ),
    abandon: (options) =>
      underLease(
        options,
        () => options.runId,
        (lease) => takeOver(ports, options, lease, 'abandon'),
      ),
  };
}

async function begin(ports: RunnerPorts, options: Parameters<Runner['run']>[0], lease: Lease): Promise<RunSummary> {
  // Seldom is there something to finish first: the plan is made meanwhile, and again where there was.
  const early = options.plan();
  early.catch(() => {});
  const hasChanged = await recover(ports, options, lease);
  if (options.signal.aborted) throw new Failure('start the run', 'it was stopped before it began');
  const plan = await (hasChanged ? options.plan() : early);
  const { runId, fencing } = lease;
  await lease.check();
  const first: RunEntry = {
    kind: 'run-started',
    schema: journalSchema,
    runId,
    actor: options.actor,
    fencing,
    plan,
  };
  const journal = await ports.runs.create(options.target, runId, first);
  ports.observer({ kind: 'run-started', runId, plan });
  return await drive({ ports, lease, journal, interrupt: options.signal, told: [] });
}

/** Nobody works on the runs of a target whose lease is ours: each that is not over was cut off. True where there was one. */
async function recover(ports: RunnerPorts, options: RunOptions, lease: Lease): Promise<boolean> {
  const { target } = options;
  let hasChanged = false;
  for (const runId of await ports.runs.list(target)) {
    const state = replay(await ports.runs.read(target, runId));
    if (!state) continue;
    // Each run begins by finishing the ones before it, so that none before this one is open.
    if (state.ended) return hasChanged;
    hasChanged = true;
    const summary = await takeOver(ports, { ...options, runId }, lease, 'recover');
    if (summary.state === 'succeeded' || summary.state === 'rolled-back') continue;
    throw new Failure(`finish run ${runId} of ${targetLabel(target)}, which was cut off`, summary.detail, {
      hint: 'put that right, then run the same command again',
      exitCode: summary.exitCode,
    });
  }
  return hasChanged;
}

async function takeOver(
  ports: RunnerPorts,
  { target, runId, actor, signal }: RunOptions & RunIdOption,
  lease: Lease,
  how: 'resume' | 'abandon' | 'recover',
): Promise<RunSummary> {
  refuseToTakeOver(replay(await ports.runs.read(target, runId)), runId, how);
  await lease.check();
  const journal = await ports.runs.open(target, runId);
  const work = { ports, lease, journal, interrupt: signal, told: [] };
  return await drive(work, async () => {
    await appendLeased(work, { kind: 'run-continued', fencing: lease.fencing, actor, how });
    const state = stateOf(work);
    ports.observer({ kind: 'run-started', runId, plan: state.plan, continued: how });
    const goesBack = how === 'abandon' || (how === 'recover' && !state.committed);
    if (goesBack && nextMove(state, canUndo(work)).do === 'step' && !state.failure) {
      await fail(work, { name: 'interrupted', summary: `the run was cut off ${placeIn(state)}` });
    }
  });
}

/** All that happens in a run, whether it is new or was cut off: look into the journal, make the next move. */
async function drive(work: Work, first: () => Promise<void> = async () => {}): Promise<RunSummary> {
  const { journal, ports, interrupt } = work;
  let cutOff: CutOff | undefined;
  try {
    await first();
    for (;;) {
      const state = stateOf(work);
      const move = nextMove(state, canUndo(work));
      if (move.do === 'nothing') break;
      const stops = interrupt.aborted && move.do === 'step' && !state.failure && !state.committed;
      if (stops) await fail(work, { name: 'interrupted', summary: `the run was stopped ${placeIn(state)}` });
      else await make(work, state, move);
    }
  } catch (error) {
    cutOff = cutOffBy(error);
  } finally {
    await journal.close().catch(() => {});
  }
  const summary = summarise(stateOf({ journal, told: [] }), cutOff);
  ports.observer({ kind: 'run-ended', runId: journal.runId, summary });
  return summary;
}

async function make(work: Work, state: RunState, move: Exclude<Move, { do: 'nothing' }>): Promise<void> {
  switch (move.do) {
    case 'step':
      return await runStep(work, state, move.step);
    case 'undo':
      return await undoStep(work, state, move.step);
    case 'fail':
      return await fail(work, move.cause, move.exitCode, move.step);
    case 'end': {
      const { do: _, ...end } = move;
      return await appendLeased(work, { kind: 'run-ended', ...end });
    }
  }
}

async function runStep(work: Work, state: RunState, step: PlannedStep): Promise<void> {
  const { clock, observer } = work.ports;
  const { runId } = state;
  await appendLeased(work, { kind: 'step-intent', step: step.id });
  observer({ kind: 'step-started', runId, step });
  const startedMs = clock.elapsedMs();
  await assertLeased(work);
  const outcome = await attempt(work, state, step);
  const durationMs = Math.round(clock.elapsedMs() - startedMs);
  tell(work, { kind: 'step-outcome', step: step.id, outcome, durationMs }, () =>
    observer({ kind: 'step-ended', runId, step, outcome, durationMs }),
  );
}

/** Runs a step and, where it did not succeed, saves its evidence before anything else happens. */
async function attempt(work: Work, state: RunState, step: PlannedStep): Promise<StepOutcome> {
  const { journal, interrupt, ports } = work;
  const definition = ports.stepOf(step);
  const stoppable = definition.interruptible === true && !state.failure && !state.committed;
  let exitCode = exitCodes.failedAndRolledBack as StepExitCode;
  let result: StepResult<object>;
  lookAhead(state, step, ports.stepOf, (next) => contextOf(work, state, next, true));
  try {
    result = await definition.run(step.input, contextOf(work, state, step, stoppable));
  } catch (error) {
    if (error instanceof Failure) exitCode = error.exitCode;
    result = { status: 'errored', cause: causeOfError(error), evidence: { details: { error: problemOf(error) } } };
  }
  if (result.status === 'succeeded' || result.status === 'skipped') return result;
  if (result.cause.name === 'gate') exitCode = exitCodes.refused;
  const { evidence, ...rest } = result;
  const stopped = stoppable && interrupt.aborted;
  const cause: Cause = stopped
    ? { name: 'interrupted', summary: `the run was stopped in "${step.title}"` }
    : rest.cause;
  await assertLeased(work);
  return { ...rest, cause, exitCode, evidenceFile: await journal.saveEvidence(step.id, evidence) };
}

async function undoStep(work: Work, state: RunState, step: PlannedStep): Promise<void> {
  const { clock, observer, stepOf } = work.ports;
  const { runId } = state;
  await appendLeased(work, { kind: 'undo-intent', step: step.id });
  observer({ kind: 'undo-started', runId, step });
  const startedMs = clock.elapsedMs();
  await assertLeased(work);
  const outcome = state.steps.get(step.id)?.outcome;
  const output = outcome?.status === 'succeeded' ? outcome.output : undefined;
  let problem: string | undefined;
  try {
    await stepOf(step).undo?.(step.input, output, contextOf(work, state, step, false));
  } catch (error) {
    problem = problemOf(error);
  }
  const durationMs = Math.round(clock.elapsedMs() - startedMs);
  const seen = { ...(problem !== undefined && { problem }), durationMs };
  tell(work, { kind: 'undo-outcome', step: step.id, ...seen }, () =>
    observer({ kind: 'undo-ended', runId, step, ...seen }),
  );
}

function tell({ told, ports }: Work, entry: RunEntry, onWritten: () => void): void {
  told.push({ entry, at: ports.clock.now().toISOString(), onWritten });
}

type StepExitCode = Failure['exitCode'];

async function fail(work: Work, cause: Cause, exitCode?: StepExitCode, step?: PlannedStep): Promise<void> {
  await appendLeased(work, {
    kind: 'failing',
    cause,
    exitCode: exitCode ?? exitCodes.failedAndRolledBack,
    ...(step && { step: step.id }),
  });
  work.ports.observer({ kind: 'cause', runId: work.journal.runId, cause, ...(step && { step }) });
}

function contextOf(work: Work, state: RunState, step: PlannedStep, stoppable: boolean): StepContext {
  const { lease, journal, interrupt, ports } = work;
  const { runId } = state;
  return stepContext(state, {
    fencing: lease.fencing,
    signal: stoppable ? AbortSignal.any([lease.signal, interrupt]) : lease.signal,
    evidenceDir: journal.evidenceDir,
    progress: (progress) => ports.observer({ kind: 'progress', runId, step, progress } satisfies RunEvent),
  });
}

function canUndo({ ports }: Work): (step: PlannedStep) => boolean {
  return (step) => ports.stepOf(step).undo !== undefined;
}

import { Failure } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';
import type { Engine, TargetStatus } from '../engines/engine.ts';
import type { LeaseHolder } from '../pipeline/leaseStore.ts';
import type { Leases } from '../pipeline/leases.ts';
import { isInstanceOf } from '../pipeline/runId.ts';
import { replay } from '../pipeline/runState.ts';
import type { RunStore } from '../pipeline/runStore.ts';
import { type RunSummary, summarise } from '../pipeline/runSummary.ts';
import type { ReleaseStore } from '../releases/releaseStore.ts';

export interface StageViewPorts {
  readonly engine: Engine;
  readonly releases: ReleaseStore;
  readonly runs: RunStore;
  readonly leases: Leases;
}

/** One app on one stage: what the records say, and what the engine sees. */
export interface StageView extends Target {
  /** Release that is on record as serving. */
  readonly release?: Release;
  /** Undefined where the engine cannot be asked; `engineProblem` says why. */
  readonly observed?: TargetStatus;
  readonly engineProblem?: string;
  readonly engineHint?: string;
  /** Who works on it now: the newest run is under way then, and not cut off. */
  readonly holder?: LeaseHolder;
  /** Newest run; where a whole cluster is looked at, only one that is cut off or needs a person. */
  readonly lastRun?: RunSummary;
  readonly state: 'serving' | 'down' | 'not-released' | 'differs' | 'unknown';
}

const cutOffWords = { exitCode: 5, detail: 'the run was cut off; nobody works on it, or it is under way' } as const;

export async function viewStage(
  target: Target,
  { engine, releases, runs, leases }: StageViewPorts,
): Promise<StageView> {
  // The engine first: while it answers, the records are read.
  const [seen, release, holder, lastRun] = await Promise.all([
    engine.status(target).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
    releases.newest(target),
    leases.holder(target),
    newestRun(target, runs),
  ]);
  return { ...assembleView(target, release, seen), ...(holder && { holder }), ...(lastRun && { lastRun }) };
}

/** What a release on record and the engine's own word, or why there is none, come to. */
export function assembleView(target: Target, release: Release | undefined, seen: TargetStatus | Error): StageView {
  const observed = seen instanceof Error ? undefined : seen;
  return {
    ...target,
    ...(release && { release }),
    ...(observed && { observed }),
    ...(seen instanceof Error && { engineProblem: seen.message }),
    ...(seen instanceof Failure && seen.hint !== undefined && { engineHint: seen.hint }),
    state: stateOf(release, observed),
  };
}

async function newestRun(target: Target, runs: RunStore): Promise<RunSummary | undefined> {
  for (const runId of await runs.list(target)) {
    const run = await readRun(target, runId, runs);
    if (run) return run;
  }
  return undefined;
}

/** Undefined where the journal does not even hold its plan: nothing was begun then. */
export async function readRun(target: Target, runId: string, runs: RunStore): Promise<RunSummary | undefined> {
  const state = replay(await runs.read(target, runId));
  return state && summarise(state, cutOffWords);
}

/** Says no more than was seen: a release on record serves only if the engine leads its route to that very release. */
function stateOf(release: Release | undefined, observed: TargetStatus | undefined): StageView['state'] {
  if (!observed) return 'unknown';
  const { active } = observed;
  if (!release) return active ? 'differs' : 'not-released';
  if (!active) return 'down';
  if (!isInstanceOf(active.id, release.runId)) return 'differs';
  return active.state === 'ready' ? 'serving' : 'down';
}

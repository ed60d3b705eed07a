import { silent } from '../domain/progress.ts';
import type { RunState } from '../pipeline/runState.ts';
import type { StepContext } from '../pipeline/step.ts';
import { stepContext } from '../pipeline/stepContext.ts';
import { sampleArtifact } from './sampleRelease.ts';

/** What a step is given in the middle of a run: outputs by step id; image, secrets and start as of version v2 unless given. */
export function sampleContext(
  outputs: Readonly<Record<string, object>> = {},
  more: Partial<StepContext> = {},
): StepContext {
  const all: Readonly<Record<string, object>> = {
    verify: { artifact: sampleArtifact('v2') },
    secrets: { version: 'a'.repeat(64), names: [] },
    ...outputs,
  };
  const steps: RunState['steps'] = new Map(
    Object.entries(all).map(([id, output]) => [
      id,
      { startedAt: '', outcome: { status: 'succeeded', output, observed: '', changed: true } },
    ]),
  );
  const plan = {
    schema: 'railiance.plan.v1',
    command: 'deploy',
    app: 'probe',
    stage: 'canary',
    steps: [],
    notes: [],
  } as const;
  const at = '2026-01-01T00:00:00.000Z';
  const state: RunState = {
    runId: '000007-0000000a',
    plan,
    actor: 'ada@here',
    startedAt: at,
    lastAt: at,
    fencing: 7,
    steps,
    undos: new Map(),
    committed: false,
  };
  const fromRunner = { fencing: 7, signal: new AbortController().signal, progress: silent, evidenceDir: '/nowhere' };
  return { ...stepContext(state, fromRunner), ...more };
}

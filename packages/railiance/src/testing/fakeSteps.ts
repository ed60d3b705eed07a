import { target as targetOf } from '../domain/name.ts';
import { type Plan, planSchema } from '../domain/plan.ts';
import { createLeases } from '../pipeline/leases.ts';
import type { RunEvent } from '../pipeline/runEvents.ts';
import { createRunner } from '../pipeline/runner.ts';
import type { RunStore } from '../pipeline/runStore.ts';
import type { StepDefinition, StepResult } from '../pipeline/step.ts';
import { createFakeClock } from './fakeClock.ts';
import { createMemoryLeaseStore } from './memoryLeaseStore.ts';
import { createMemoryRunStore } from './memoryRunStore.ts';

export const target = targetOf('probe', 'canary');
export const succeeded: StepResult<object> = { status: 'succeeded', output: {}, observed: 'seen', changed: true };
export const failed: StepResult<object> = {
  status: 'failed',
  cause: { name: 'smoke', summary: 'wrong page' },
  evidence: { logs: ['last line'] },
};

/** What differs from a step that just succeeds. */
export type Act = Partial<StepDefinition<object, object>>;

/** A runner over steps a, b, c that note what is done to them; `acts` says what differs. */
export function runnerOverFakeSteps(
  acts: Readonly<Record<string, Act>> = {},
  over: (runs: RunStore) => RunStore = (runs) => runs,
  onEvent: (event: RunEvent) => void = () => {},
) {
  const clock = createFakeClock();
  const runs = createMemoryRunStore({ clock });
  const leaseStore = createMemoryLeaseStore();
  const done: string[] = [];
  const events: RunEvent[] = [];
  const self = { owner: 'ada', host: 'here', pid: 1, processStartedAt: '1', bootId: 'boot' };
  const plan: Plan = {
    schema: planSchema,
    command: 'deploy',
    ...target,
    steps: ['a', 'b', 'c'].map((id) => ({ id, uses: id, title: id.toUpperCase(), changes: true, input: {} })),
    notes: [],
  };
  const runner = createRunner({
    runs: over(runs),
    leases: createLeases({ store: leaseStore, clock, self: () => self, isAlive: () => true, ttlMs: 1_000 }),
    clock,
    observer: (event) => {
      events.push(event);
      onEvent(event);
      throw new Error('the terminal is closed');
    },
    stepOf: ({ uses }): StepDefinition<object, object> => ({
      name: uses,
      ...acts[uses],
      run: async (input, context) => {
        done.push(uses);
        return (await acts[uses]?.run?.(input, context)) ?? succeeded;
      },
      undo: async (input, output, context) => {
        done.push(`undo ${uses}`);
        await acts[uses]?.undo?.(input, output, context);
      },
    }),
  });
  const stop = new AbortController();
  const options = { target, actor: 'ada@here', command: 'railiance deploy probe', signal: stop.signal };
  const run = () => runner.run({ ...options, plan: async () => plan });
  return { run, runner, options, runs, leaseStore, clock, done, events, stop };
}

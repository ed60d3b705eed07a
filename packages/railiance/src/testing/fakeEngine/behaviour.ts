import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

import { type InstanceSpec, StartFailed } from '../../engines/engine.ts';
import type { FakeInstance } from './fakeTarget.ts';

export type Behaviour = 'crash' | 'ignores-port' | 'never-ready';

const behaviours: readonly string[] = ['crash', 'ignores-port', 'never-ready'] satisfies Behaviour[];

export function behaviourOf({ run }: InstanceSpec): Behaviour | undefined {
  const behaviour = run.env.BEHAVIOUR;
  return behaviour !== undefined && behaviours.includes(behaviour) ? (behaviour as Behaviour) : undefined;
}

/** How the start of a faulty instance ends. @throws the signal's reason when aborted first */
export async function causeOf(
  fault: Behaviour,
  { run }: InstanceSpec,
  instance: FakeInstance,
  signal: AbortSignal,
): Promise<StartFailed> {
  signal.throwIfAborted();
  if (fault === 'ignores-port') {
    const summary = `listens on ${run.port} and ignores PORT, which is 20000`;
    return new StartFailed({ name: 'ignores-port', summary }, instance.evidence());
  }
  if (fault === 'crash') {
    instance.say('no such table: probes');
    const cause = { name: 'crash', summary: 'ended with exit code 7, before it was ready' } as const;
    return new StartFailed(cause, instance.end(7));
  }
  await Promise.race([wait(run.startTimeoutMs, undefined, { ref: false }), once(signal, 'abort')]);
  signal.throwIfAborted();
  const summary = `was not ready: GET ${run.health?.path ?? '/'} answered 503`;
  return new StartFailed({ name: 'never-ready', summary }, instance.evidence());
}

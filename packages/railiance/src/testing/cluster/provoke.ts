import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import type { CauseName } from '../../domain/verdict.ts';
import type { Scene } from '../../engines/contract/fixture.ts';
import { type InstanceSpec, StartFailed } from '../../engines/engine.ts';
import { type KubeEvent, type KubeList, pathOf } from '../../kubernetes/objects.ts';
import type { ClusterFixture } from './clusterFixture.ts';

export interface Provoked {
  readonly cause: CauseName;
  readonly words: RegExp;
  /** Reason of the event that tells of it first; absent where the cluster refuses at once, and there is none. */
  readonly event?: string;
}

/** From the event's own time, in whole seconds, to the error that names it. */
const longestMs = 15_000;

/** Starts what cannot get ready, and holds the engine to its word: the cause, its time, and nothing left. */
export async function assertNamed(
  context: TestContext,
  { lab }: Pick<ClusterFixture, 'lab'>,
  { engine, context: lease, target }: Pick<Scene, 'engine' | 'context' | 'target'>,
  spec: InstanceSpec,
  { cause, words, event }: Provoked,
): Promise<void> {
  const beganMs = Date.now();
  const error = await engine.start(spec, lease()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const namedMs = Date.now();
  assert.ok(error instanceof StartFailed, String(error));
  assert.equal(error.why.name, cause, error.why.summary);
  assert.match(error.why.summary, words);
  const fromMs = event === undefined ? beganMs : await timeOf(event, lab, spec.deploy?.namespace ?? '');
  const tookMs = namedMs - fromMs;
  const since = event ?? 'the start';
  context.diagnostic(`named ${(tookMs / 1000).toFixed(1)} s after ${since}: ${error.why.summary.slice(0, 120)}`);
  assert.ok(tookMs <= longestMs, `it took ${tookMs} ms`);
  assert.deepEqual((await engine.status(target)).others, [], 'nothing of it is left');
}

async function timeOf(event: string, { api }: ClusterFixture['lab'], namespace: string): Promise<number> {
  const { items } = await api.call<KubeList<KubeEvent>>(pathOf('events', namespace));
  const first = items.find(({ reason }) => reason === event);
  const at = first?.firstTimestamp ?? first?.eventTime ?? first?.lastTimestamp;
  assert.ok(at, `there is an event ${event}: ${items.map(({ reason }) => reason).join(', ')}`);
  return Date.parse(at);
}

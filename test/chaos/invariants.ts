import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';

interface Instance {
  readonly id: string;
  readonly state: string;
  readonly configDigest: string;
}

/** An app that the command line is asked about, wherever it runs. */
export interface Asked {
  readonly slug: string;
  json<T>(...args: readonly string[]): Promise<T>;
  must(exitCode: number, ...args: readonly string[]): Promise<string>;
}

/** What `railiance status --json` says of one app on one stage, as far as it is looked at here. */
export interface View {
  readonly stage: string;
  readonly state: string;
  readonly release?: {
    readonly number: number;
    readonly runId: string;
    readonly artifact: { readonly configDigest: string; readonly revision: { readonly tag: string } };
  };
  readonly observed?: { readonly active?: Instance; readonly others: readonly Instance[]; readonly url: string };
  readonly lastRun?: {
    readonly runId: string;
    readonly state: string;
    readonly steps: readonly { readonly status: string }[];
  };
}

export async function view(subject: Asked, stage: string): Promise<View> {
  const { stages } = await subject.json<{ readonly stages: readonly View[] }>('status', subject.slug, '--stage', stage);
  const [found] = stages;
  assert(found, `status knows nothing of ${subject.slug} on ${stage}`);
  return found;
}

/** Whatever happened before: one release on record, that very one serving, and nothing else left over. */
export async function assertSettled(subject: Asked, stage: string): Promise<View> {
  let seen = await view(subject, stage);
  for (let look = 0; look < 50 && (seen.observed?.others.length ?? 0) > 0; look += 1) {
    await wait(200);
    seen = await view(subject, stage);
  }
  assert.equal(seen.state, 'serving', `I1: ${JSON.stringify(seen)}`);
  assert.deepEqual(seen.observed?.others, [], 'nothing but the active instance is left');
  assert.equal(
    seen.observed?.active?.configDigest,
    seen.release?.artifact.configDigest,
    'I6: what runs is what is on record',
  );
  assert(
    seen.lastRun && ['succeeded', 'rolled-back'].includes(seen.lastRun.state),
    `I2: the last run is over: ${seen.lastRun?.state}`,
  );
  const { entries } = await subject.json<{
    readonly entries: readonly { readonly release?: { readonly number: number } }[];
  }>(...['history', subject.slug, '--stage', stage, '--limit', '10000']);
  const numbers = entries.flatMap(({ release }) => release?.number ?? []);
  const expected = Array.from({ length: numbers.length }, (_, index) => numbers.length - index);
  assert.deepEqual(numbers, expected, 'I3: releases are numbered without a gap, newest first');
  return seen;
}

/** I4: the same command again changes nothing. */
export async function assertIdempotent(subject: Asked, stage: string): Promise<void> {
  const before = await view(subject, stage);
  await subject.must(0, 'deploy', '--stage', stage, '--tag', String(before.release?.artifact.revision.tag));
  const after = await view(subject, stage);
  assert.equal(after.observed?.active?.id, before.observed?.active?.id, 'I4: the same instance serves');
  assert.equal(after.release?.number, before.release?.number, 'I4: no new release is on record');
}

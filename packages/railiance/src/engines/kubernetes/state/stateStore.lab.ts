import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { target } from '../../../domain/name.ts';
import { pathOf } from '../../../kubernetes/objects.ts';
import { remove } from '../../../kubernetes/store.ts';
import { openLabCluster } from '../../../testing/cluster/clusterFixture.ts';
import { goBetween } from '../../../testing/cluster/goBetween.ts';
import { createStateStore, type StateStore } from './stateStore.ts';
import { type InstanceEntry, stateSchema, type TargetState } from './targetState.ts';

const lab = openLabCluster('state');
const production = target('probe', 'production');
after(() => lab.clear());

const empty = { ...production, schema: stateSchema, instances: [] } as unknown as TargetState;
const entry = (id: string) => ({ id }) as InstanceEntry;

test('changes of one target that meet are all kept: the API server says 409 to one of them, which looks again', async (context) => {
  const between = await goBetween(lab.api.connection);
  context.after(() => between.close());
  const states = createStateStore(between.api, `${lab.mark}-state`);
  await states.change(production, 1, () => empty);
  const ids = Array.from({ length: 6 }, (_, at) => `i${at}`);
  await Promise.all(
    ids.map((id) =>
      states.change(production, 1, (now) => ({ ...empty, instances: [...(now?.instances ?? []), entry(id)] })),
    ),
  );
  const kept = (await states.get(production))?.instances.map(({ id }) => id);
  assert.deepEqual(kept?.sort(), ids);
  const conflicts = between.answered.filter(({ status }) => status === 409);
  context.diagnostic(`${conflicts.length} times ${conflicts[0]?.body.slice(0, 400)}`);
  assert.ok(conflicts.length > 0);
  assert.match(conflicts[0]?.body ?? '', /"reason":"Conflict"/);
  await states.change(production, 2, (now) => now);
  await assert.rejects(
    states.change(production, 1, (now) => now),
    { exitCode: 3 },
    'a lease that is over writes nothing',
  );
});

test('what this process saw last is changed in one request; what somebody else changed or removed since is looked at again', async (context) => {
  const between = await goBetween(lab.api.connection);
  context.after(() => between.close());
  const canary = target('probe', 'canary');
  const [mine, other] = [between.api, lab.api].map((api) => createStateStore(api, `${lab.mark}-state`)) as [
    StateStore,
    StateStore,
  ];
  const add = (id: string) => (now: TargetState | undefined) => ({
    ...empty,
    ...canary,
    instances: [...(now?.instances ?? []), entry(id)],
  });
  const requests = async (work: () => Promise<unknown>) => {
    const before = between.answered.length;
    await work();
    return between.answered.slice(before).map(({ method, status }) => `${method} ${status}`);
  };
  await mine.change(canary, 1, add('first'));
  assert.deepEqual(await requests(() => mine.change(canary, 1, add('second'))), ['PUT 200']);
  await other.change(canary, 1, add('theirs'));
  assert.deepEqual(await requests(() => mine.change(canary, 1, add('third'))), ['PUT 409', 'GET 200', 'PUT 200']);
  assert.deepEqual(
    (await other.get(canary))?.instances.map(({ id }) => id),
    ['first', 'second', 'theirs', 'third'],
  );
  await other.change(canary, 1, add('fourth'));
  const needs = (id: string) => (now: TargetState | undefined) => {
    if (now?.instances.some((one) => one.id === id)) return now;
    throw new Error(`there is no ${id}`);
  };
  const found = await mine.change(canary, 1, needs('fourth'));
  assert.equal(found?.instances.at(-1)?.id, 'fourth', 'what is old is no reason to refuse');
  await other.change(canary, 2, (now) => now);
  await assert.rejects(mine.change(canary, 1, add('late')), { exitCode: 3 });
  await remove(lab.api, pathOf('configmaps', `${lab.mark}-state`, 'probe.canary.target'));
  assert.deepEqual((await mine.change(canary, 2, add('anew')))?.instances, [entry('anew')]);
});

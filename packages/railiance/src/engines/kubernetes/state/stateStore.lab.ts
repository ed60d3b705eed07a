import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { target } from '../../../domain/name.ts';
import { openLabCluster } from '../../../testing/cluster/clusterFixture.ts';
import { goBetween } from '../../../testing/cluster/goBetween.ts';
import { createStateStore } from './stateStore.ts';
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

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  type InstanceEntry,
  stateSchema,
  staying,
  type TargetState,
  withLeaving,
  withoutAbandoned,
  withoutEntry,
} from './targetState.ts';

const entry = (id: string, phase: InstanceEntry['phase'], fencing = 1) => ({ id, phase, fencing }) as InstanceEntry;
const stateOf = (active: string | null, ...instances: readonly InstanceEntry[]) =>
  ({ schema: stateSchema, app: 'probe', stage: 'production', active, instances }) as unknown as TargetState;
const ids = (entries: readonly InstanceEntry[]) => entries.map(({ id }) => id).join(' ');

test('what leaves is not to be on the cluster, serves no more, and stays on record until it was seen taken away', () => {
  const state = withLeaving(stateOf('b', entry('a', 'ready'), entry('b', 'ready')), 'b');
  assert.equal(state.active, null);
  assert.equal(ids(staying(state)), 'a');
  assert.equal(ids(state.instances), 'a b');
  assert.equal(ids(withoutEntry(state, 'b').instances), 'a');
  assert.equal(withLeaving(stateOf('a', entry('a', 'ready'), entry('b', 'ready')), 'b').active, 'a');
});

test('a later run takes away what is leaving, and what earlier ones were starting', () => {
  const left = [entry('ready', 'ready'), entry('begun', 'starting'), entry('mine', 'starting', 2)];
  const state = stateOf('serves', entry('serves', 'starting'), ...left, entry('gone', 'leaving', 2));
  assert.equal(ids(withoutAbandoned(state, 2).instances), 'serves ready mine');
});

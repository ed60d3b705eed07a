import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { BlueprintNode } from '../../domain/blueprint.ts';
import { Failure } from '../../domain/failure.ts';
import { buildPlaces } from './places.ts';

const node = (name: string, changes: Partial<BlueprintNode> = {}): BlueprintNode => ({
  name,
  roles: ['builder'],
  ssh: { host: `${name}.example` },
  resources: {},
  env: {},
  constraints: [],
  ...changes,
});
const nodes = [
  node('desk', { roles: ['workstation'] }),
  node('haskelseed', { env: { GHCRTS: '-A32m' } }),
  node('spare', { roles: ['cluster', 'builder'], ssh: { host: '10.0.0.7', user: 'root' } }),
];
const app = (named?: string[]) => ({ slug: 'probe', build: { options: {}, env: {}, ...(named && { nodes: named }) } });
const places = (named?: string[], all = nodes, host = 'laptop') => buildPlaces(app(named), all, host);

test('without a node for building, this machine builds', () => {
  assert.deepEqual(places(undefined, []), [{ name: 'this machine', env: {} }]);
  assert.deepEqual(places(undefined, [node('desk', { roles: ['workstation'] })]), [{ name: 'this machine', env: {} }]);
});

test('nodes with the role of builder come in the order of the blueprint', () => {
  assert.deepEqual(places(), [
    { name: 'haskelseed', env: { GHCRTS: '-A32m' }, ssh: { host: 'haskelseed.example' } },
    { name: 'spare', env: {}, ssh: { host: '10.0.0.7', user: 'root' } },
  ]);
});

test('app.toml names others, or another order', () => {
  assert.deepEqual(
    places(['spare', 'desk']).map(({ name }) => name),
    ['spare', 'desk'],
  );
});

test('a node without ssh, or with the name or address of this machine, is this machine', () => {
  const { ssh: _, ...plain } = node('here');
  assert.equal(places(undefined, [plain])[0]?.ssh, undefined);
  for (const host of ['spare', '10.0.0.7']) {
    assert.deepEqual(
      places(undefined, nodes, host).map(({ ssh }) => ssh === undefined),
      [false, true],
    );
  }
});

test('a name that is no node is refused, with the nearest', () => {
  const refused = (hint: RegExp) => (error: unknown) =>
    error instanceof Failure && error.exitCode === 2 && hint.test(error.hint ?? '');
  assert.throws(() => places(['haskelsed']), refused(/did you mean haskelseed/));
  assert.throws(() => places(['x'], []), refused(/no blueprint.toml/));
});

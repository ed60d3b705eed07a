import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changedFields, editedFields } from './fieldDiff.ts';

const container = (fields: object) => ({ spec: { containers: [{ name: 'app', ...fields }] } });
const line = ({ path, before, after }: { path: string; before?: string; after?: string }) =>
  `${path}: ${before ?? '∅'} → ${after ?? '∅'}`;

const changed: readonly (readonly [string, unknown, unknown, readonly string[]])[] = [
  ['nothing', container({ image: 'a' }), container({ image: 'a' }), []],
  ['an image', container({ image: 'a' }), container({ image: 'b' }), ['spec.containers[app].image: a → b']],
  [
    'a variable that is added, one that goes, in any order',
    container({
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    }),
    container({
      env: [
        { name: 'C', value: '3' },
        { name: 'A', value: '1' },
      ],
    }),
    ['spec.containers[app].env[B].value: 2 → ∅', 'spec.containers[app].env[C].value: ∅ → 3'],
  ],
  ['a whole part that is new', { a: 1 }, { a: 1, b: { c: 2 } }, ['b.c: ∅ → 2']],
  ['a quantity that is written otherwise', { memory: '134217728' }, { memory: '128Mi' }, []],
  ['what is empty and what is not there', { a: [], b: {}, c: '' }, {}, []],
  ['plain lists as wholes', { command: ['a', 'b'] }, { command: ['a'] }, ['command: ["a","b"] → ["a"]']],
  [
    'entries without names by their place',
    { rules: [{ host: 'a' }] },
    { rules: [{ host: 'b' }] },
    ['rules[0].host: a → b'],
  ],
];
for (const [name, before, after, lines] of changed) {
  test(`between two renderings: ${name}`, () => assert.deepEqual(changedFields(before, after).map(line), lines));
}

test("of a live object only what was rendered counts, and entries of somebody's own", () => {
  const rendered = { spec: { replicas: 1, template: container({ image: 'a', env: [{ name: 'A', value: '1' }] }) } };
  const defaults = { image: 'a', imagePullPolicy: 'IfNotPresent', env: [{ name: 'A', value: '1' }] };
  assert.deepEqual(editedFields(rendered, { spec: { replicas: 1, paused: true, template: container(defaults) } }), []);
  const env = [
    { name: 'A', value: '1' },
    { name: 'DEBUG', value: 'yes' },
  ];
  assert.deepEqual(
    editedFields(rendered, { spec: { replicas: 3, template: container({ ...defaults, env }) } }).map(line),
    ['spec.replicas: 1 → 3', 'spec.template.spec.containers[app].env[DEBUG].value: ∅ → yes'],
  );
});

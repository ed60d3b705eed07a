import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layersOf } from './layers.ts';

const plan = (key: string, ...depends_on: string[]) => ({ key, depends_on });

test('each plan stands right of all it depends on; plans without a tie are left out', () => {
  const plans = [plan('d', 'b', 'c'), plan('b', 'a'), plan('c'), plan('alone'), plan('a', 'not-synced')];
  assert.deepEqual(layersOf(plans), [['c', 'not-synced'], ['a'], ['b'], ['d']]);
  assert.deepEqual(layersOf([plan('alone')]), []);
});

test('any plans, circles among them: each key once, and right of what it depends on where there is no circle', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const any = fc.uniqueArray(
    fc.record({ key: fc.constantFrom(...keys), depends_on: fc.uniqueArray(fc.constantFrom(...keys)) }),
    { selector: ({ key }) => key },
  );
  fc.assert(
    fc.property(any, fc.boolean(), (given, circles) => {
      const plans = circles
        ? given
        : given.map(({ key, depends_on }) => plan(key, ...depends_on.filter((k) => k < key)));
      const layers = layersOf(plans);
      const drawn = layers.flat();
      assert.equal(new Set(drawn).size, drawn.length);
      assert.deepEqual(
        new Set(drawn),
        new Set(plans.flatMap((p) => (p.depends_on.length > 0 ? [p.key, ...p.depends_on] : []))),
      );
      const columnOf = (key: string) => layers.findIndex((layer) => layer.includes(key));
      if (!circles) for (const p of plans) for (const k of p.depends_on) assert.ok(columnOf(k) < columnOf(p.key));
    }),
  );
});

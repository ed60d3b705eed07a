import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { entriesOf, type FolderPart } from '../layer.ts';
import { planPackageLayers } from './packageLayers.ts';

const sized = (imagePath: string, sizeBytes: number): FolderPart => ({
  imagePath,
  folder: {
    directory: '/x',
    state: { digest: '', sizeBytes, newestMs: 0, binaries: [] },
    files: () => [{ path: 'f', sizeBytes, executable: false, changedMs: 0, inode: 1 }],
  },
});
const MiB = 1024 * 1024;
const packages = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 30 })
  .chain((names) =>
    fc
      .array(fc.nat(40 * MiB), { minLength: names.length, maxLength: names.length })
      .map((sizes) => names.map((name, index) => sized(name, sizes[index] ?? 0))),
  );
const shape = (plan: ReturnType<typeof planPackageLayers>) =>
  plan.map(({ title, parts }) => [
    title,
    entriesOf(parts)
      .map(({ path }) => path)
      .sort(),
  ]);

test('every package is in one layer, in few layers, whatever their order', () => {
  fc.assert(
    fc.property(packages, (all) => {
      const plan = planPackageLayers(all);
      const paths = plan.flatMap(({ parts }) => entriesOf(parts).map(({ path }) => path));
      assert.deepEqual(paths.sort(), all.map(({ imagePath }) => `${imagePath}/f`).sort());
      assert.ok(plan.length <= 8);
      assert.deepEqual(shape(planPackageLayers(all.toReversed())), shape(plan));
    }),
  );
});

test('a small package that comes moves no other', () => {
  const all = Array.from({ length: 40 }, (_, index) => sized(`p${index}`, MiB));
  const before = shape(planPackageLayers(all));
  const after = shape(planPackageLayers([...all, sized('new', 1000)]));
  const changed = after.filter((layer, index) => JSON.stringify(layer) !== JSON.stringify(before[index]));
  assert.equal(after.length, before.length);
  assert.equal(changed.length, 1);
});

test('big packages have layers of their own', () => {
  const plan = planPackageLayers([sized('big', 20 * MiB), sized('small', 1000)]);
  assert.deepEqual(shape(plan), [
    ['big', ['big/f']],
    ['packages', ['small/f']],
  ]);
});

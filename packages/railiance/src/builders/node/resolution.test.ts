import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';

import { type Tree, writeTree } from '../../testing/tree.ts';
import { nodeModulesClosure } from './closure.ts';
import { placeOf, placePackages } from './placement.ts';

const root = await realpath(await mkdtemp(join(tmpdir(), 'railiance-resolution-')));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
/** Node remembers what it looked for: every tree has a folder of its own. */
const fresh = () => join(root, String(++count));

const names = ['a', 'b', '@s/c', 'd'];

interface FakePackage {
  /** Names of the packages in whose node_modules it is, from the outermost. */
  readonly nested: readonly string[];
  readonly home: string;
  readonly name: string;
  readonly wants: readonly string[];
}

/** Where node_modules folders may be: the app, folders above it, a workspace beside it, one inside it, one elsewhere. */
const homes = ['ws/apps/app', 'ws/apps', 'ws', '', 'ws/lib', 'ws/apps/app/inner', 'elsewhere/lib', 'elsewhere'];
const linkable = ['ws/lib', 'ws/apps/app/inner', 'elsewhere/lib'];

const wants = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 });
const fakePackage: fc.Arbitrary<FakePackage> = fc.record({
  nested: fc.array(fc.constantFrom(...names), { maxLength: 2 }),
  home: fc.constantFrom(...homes),
  name: fc.constantFrom(...names),
  wants,
});
const fakeLink = fc.record({
  from: fc.constantFrom(...homes),
  name: fc.constantFrom(...names),
  to: fc.constantFrom(...linkable),
});
const fakeTree = fc.record({
  packages: fc.array(fakePackage, { maxLength: 24 }),
  links: fc.array(fakeLink, { maxLength: 4 }),
  app: wants,
  libraries: fc.array(wants, { minLength: linkable.length, maxLength: linkable.length }),
});

const manifest = (path: string, list: readonly string[]) => ({
  name: 'x',
  version: '1.0.0',
  id: path,
  optionalDependencies: Object.fromEntries(list.map((name) => [name, '*'])),
});

function treeOf({ packages, links, app, libraries }: typeof fakeTree extends fc.Arbitrary<infer T> ? T : never): Tree {
  const tree: Record<string, string | object> = { 'ws/apps/app/package.json': manifest('app', app) };
  linkable.forEach((path, index) => {
    tree[`${path}/package.json`] = manifest(path, libraries[index] ?? []);
  });
  for (const { nested, home, name, wants: list } of packages) {
    const path = [home, ...[...nested, name].map((each) => `node_modules/${each}`)].filter(Boolean).join('/');
    tree[`${path}/package.json`] = manifest(path, list);
  }
  for (const { from, name, to } of links) {
    const path = [from, 'node_modules', name].filter(Boolean).join('/');
    // A link takes the place of nothing that is there.
    if (Object.keys(tree).some((other) => other.startsWith(`${path}/`) || other === path)) continue;
    const up = path
      .split('/')
      .slice(0, -1)
      .map(() => '..');
    tree[path] = `-> ${[...up, to].join('/')}`;
  }
  return tree;
}

/** What Node itself finds, as the id of the package, or undefined. */
async function nodeFinds(from: string, name: string): Promise<string | undefined> {
  let found: string;
  try {
    found = createRequire(join(from, 'index.js')).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
  return (JSON.parse(await readFile(found, 'utf8')) as { id: string }).id;
}

const idOf = async (directory: string) =>
  (JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as { id: string }).id;

test('in the image, Node finds the very packages that it finds here, and each has one place', async () => {
  await fc.assert(
    fc.asyncProperty(fakeTree, async (fake) => {
      const here = await writeTree(fresh(), treeOf(fake));
      const closure = nodeModulesClosure(join(here, 'ws/apps/app'));
      const placement = placePackages(closure);
      const all = [closure.root, ...closure.packages];
      assert.equal(new Set(placement.paths.values()).size, all.length, 'one place each');

      const image = fresh();
      for (const item of all) {
        await mkdir(join(image, placeOf(placement, item)), { recursive: true });
        const text = await readFile(join(item.directory, 'package.json'));
        await writeFile(join(image, placeOf(placement, item), 'package.json'), text);
      }
      for (const [path, target] of placement.links) {
        await mkdir(dirname(join(image, path)), { recursive: true });
        await symlink(target, join(image, path));
      }
      for (const item of all) {
        for (const name of Object.keys(item.manifest.optionalDependencies)) {
          const expected = await nodeFinds(item.directory, name);
          if (expected === undefined) continue;
          const from = placeOf(placement, item);
          assert.equal(await nodeFinds(join(image, from), name), expected, `${name} from ${from}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('the closure is what Node reaches from the app, no more and no less', async () => {
  await fc.assert(
    fc.asyncProperty(fakeTree, async (fake) => {
      const here = await writeTree(fresh(), treeOf(fake));
      const app = join(here, 'ws/apps/app');
      const reached = new Map([[await idOf(app), app]]);
      for (const directory of reached.values()) {
        const { optionalDependencies } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
        for (const name of Object.keys(optionalDependencies)) {
          const id = await nodeFinds(directory, name);
          if (id !== undefined && !reached.has(id)) {
            const file = createRequire(join(directory, 'index.js')).resolve(`${name}/package.json`);
            reached.set(id, dirname(file));
          }
        }
      }
      const { root: own, packages } = nodeModulesClosure(app);
      const found = await Promise.all([own, ...packages].map(({ directory }) => idOf(directory)));
      assert.deepEqual(new Set(found), new Set(reached.keys()));
      assert.equal(found.length, reached.size);
    }),
    { numRuns: 40 },
  );
});

test('places do not depend on where the tree is', async () => {
  await fc.assert(
    fc.asyncProperty(fakeTree, async (fake) => {
      const placed = await Promise.all(
        [fresh(), join(fresh(), 'zz', 'deeper'), join(root, '0first', String(++count))].map(async (directory) => {
          const here = await writeTree(directory, treeOf(fake));
          const closure = nodeModulesClosure(join(here, 'ws/apps/app'));
          const { paths, links } = placePackages(closure);
          return { paths: [...paths].map(([from, to]) => [from.slice(here.length), to]), links: [...links] };
        }),
      );
      assert.deepEqual(placed[1], placed[0]);
      assert.deepEqual(placed[2], placed[0]);
    }),
    { numRuns: 20 },
  );
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { findApp } from './findApp.ts';

let root = '';

const files: Readonly<Record<string, string>> = {
  'repo/app.toml': '[app]\nname = "root"',
  'repo/shop/app.toml': '[app]\nname = "Shop"\nslug = "shop"',
  'repo/packages/hub/app.toml': '[app]\nname = "hub"',
  'repo/packages/twin/app.toml': '[app]\nname = "twin"',
  'repo/examples/twin/app.toml': '[app]\nname = "twin"',
  'repo/examples/broken/app.toml': 'slug = ',
  'repo/too/deep/down/app.toml': '[app]\nname = "deep"',
  'repo/shop/src/index.js': '',
  'app.toml': '[app]\nname = "above"',
};

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'railiance-find-'));
  await mkdir(join(root, 'repo/.git'), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
});
after(() => rm(root, { recursive: true }));

const found: readonly (readonly [reference: string | undefined, cwd: string, file: string])[] = [
  [undefined, 'repo/shop/src', 'repo/shop/app.toml'],
  [undefined, 'repo/packages', 'repo/app.toml'],
  ['./shop', 'repo', 'repo/shop/app.toml'],
  ['shop/app.toml', 'repo', 'repo/shop/app.toml'],
  ['..', 'repo/shop/src', 'repo/shop/app.toml'],
  ['shop', 'repo/packages/hub', 'repo/shop/app.toml'],
  ['hub', 'repo/shop/src', 'repo/packages/hub/app.toml'],
  ['root', 'repo/shop/src', 'repo/app.toml'],
  ['twin', 'repo/packages/twin', 'repo/packages/twin/app.toml'],
];

for (const [reference, cwd, file] of found) {
  test(`${reference ?? 'no reference'} in ${cwd} is ${file}`, async () => {
    assert.equal(await findApp(reference, join(root, cwd)), join(root, file));
  });
}

const refused: readonly (readonly [reference: string | undefined, cwd: string, message: RegExp, hint: RegExp])[] = [
  [
    'twin',
    'repo',
    /several apps have the slug twin: packages\/twin\/app\.toml, examples\/twin\/app\.toml/,
    /by its folder/,
  ],
  ['shpo', 'repo', /no app below .* has the slug shpo/, /did you mean shop\?/],
  ['zebra', 'repo', /has the slug zebra/, /apps here: root, hub, .*shop|apps here: root, .*hub/],
  ['deep', 'repo', /has the slug deep/, /apps here/],
  ['above', 'repo', /has the slug above/, /apps here/],
  ['./too', 'repo', /\.\/too has no app\.toml/, /railiance init \.\/too/],
];

for (const [reference, cwd, message, hint] of refused) {
  test(`${reference} in ${cwd} is refused, naming what there is`, async () => {
    await assert.rejects(findApp(reference, join(root, cwd)), (error) => {
      assert.ok(error instanceof Failure);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      assert.equal(error.exitCode, 2);
      return true;
    });
  });
}

test('without an app.toml up to the root of the work tree, the one above it is not taken', async () => {
  const bare = join(root, 'bare');
  await mkdir(join(bare, '.git'), { recursive: true });
  await assert.rejects(findApp(undefined, bare), /no app\.toml here or above/);
});

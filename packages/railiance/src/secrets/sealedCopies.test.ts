import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { target } from '../domain/name.ts';
import { createSealedCopies } from './sealedCopies.ts';

const root = mkdtempSync(join(tmpdir(), 'railiance-copies-'));
after(() => rmSync(root, { recursive: true }));
const home = homeAt({ RAILIANCE_HOME: root });
const canary = target('probe', 'canary');
const [one, two] = ['1'.repeat(64), '2'.repeat(64)];

test('a copy is there until it is removed; a newer one takes its place, in another format too', async () => {
  const copies = createSealedCopies(home);
  assert.equal(await copies.get(canary, one), undefined);
  await copies.keep(canary, one, { text: 'first', extension: '.yaml' });
  await copies.keep(canary, one, { text: 'second', extension: '.json' });
  await copies.keep(canary, two, { text: 'other', extension: '.yaml' });
  assert.deepEqual(await copies.get(canary, one), { text: 'second', extension: '.json' });
  assert.deepEqual(await copies.versions(canary), [one, two]);
  await copies.remove(canary, one);
  assert.equal(await copies.get(canary, one), undefined);
  assert.deepEqual(readdirSync(join(home.target(canary), 'secrets')), [`${two}.sops.yaml`]);
});

test('only a version is one', async () => {
  await assert.rejects(createSealedCopies(home).get(canary, '../x'), { name: 'Failure' });
});

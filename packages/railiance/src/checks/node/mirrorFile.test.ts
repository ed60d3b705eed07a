import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLocalExec } from '../../exec/localExec.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { checkContext, checkContract } from '../contract.ts';
import { mirrorFileCheck } from './mirrorFile.ts';

const folder = await scratchDirectory('mirror-file');
const host = 'registry.example:32166';
const mirror = (endpoint: string) => `mirrors:\n  "${host}":\n    endpoint:\n      - "${endpoint}"\n`;

await mkdir(join(folder, 'k3s'));
const file = join(folder, 'k3s', 'registries.yaml');
await writeFile(file, mirror(`http://${host}`));
const good = { node: 'rail', registry: { pull: `${host}/team` }, exec: createLocalExec(), file };
const missing = { ...good, file: join(folder, 'k3s', 'other.yaml') };

checkContract('mirror file', () => ({
  check: mirrorFileCheck,
  pass: good,
  fail: missing,
  unknown: { ...good, exec: { run: () => Promise.reject(new Error('no way to the node')) } },
  asks: true,
  context: () => ({}),
}));

const cases: readonly (readonly [name: string, text: string, words: RegExp])[] = [
  ['asks by TLS', mirror(`https://${host}`), /has no mirror http:\/\/registry\.example:32166/],
  ['is for another registry', 'mirrors: {docker.io: {endpoint: []}}', /it names docker\.io/],
  ['is empty', '', /it names no mirror/],
  ['is no YAML', 'mirrors: [', /is no YAML/],
];
for (const [name, text, words] of cases) {
  test(`a file that ${name} is no mirror`, async () => {
    const file = join(folder, 'k3s', `${name.replaceAll(' ', '-')}.yaml`);
    await writeFile(file, text);
    const seen = await mirrorFileCheck.run({ ...good, file }, checkContext());
    assert.equal(seen.verdict, 'fail');
    assert.match(seen.summary, words);
    assert.match(seen.hint ?? '', /railiance render registries/);
  });
}

test('a node without k3s needs no such file', async () => {
  const seen = await mirrorFileCheck.run({ ...good, file: join(folder, 'nothing', 'registries.yaml') }, checkContext());
  assert.equal(seen.verdict, 'pass');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { shapes, sketches, toDotenv, toJson, toYaml } from '../../testing/sopsTrees.ts';
import {
  type Address,
  addressesOf,
  decryptedText,
  encryptText,
  type FormatName,
  openSops,
  plainTree,
  replaceText,
  setValue,
  unsetValue,
} from './index.ts';
import { identity, recipient } from './testKeys.ts';

const now = new Date('2031-01-02T03:04:05.678Z');

async function encrypted(text: string, format: FormatName) {
  return openSops(await encryptText(text, { format, recipients: [recipient] }), format, [identity]);
}

async function reopened(text: string, format: FormatName) {
  return openSops(text, format, [identity]);
}

/** Lines of one text that the other has not. */
function changedLines(before: string, after: string): string[] {
  const there = new Set(before.split('\n'));
  return after.split('\n').filter((line) => !there.has(line));
}

const samples: Readonly<Record<FormatName, string>> = {
  yaml: '# note\nA: one # beside\nB:   two\nmap:\n  c: three\nlist: [1, x]\n',
  json: '{\n  "A": "one",\n  "B": "two",\n  "map": {"c": "three"},\n  "list": [1, "x"]\n}\n',
  dotenv: '# note\nA=one\nB=two\n',
};

for (const format of ['yaml', 'json', 'dotenv'] as const) {
  test(`setting one key of ${format} changes its line, the MAC and the time, and nothing else`, async () => {
    const file = await encrypted(samples[format], format);
    const text = await setValue(file, ['B'], 'new', now);
    const changed = changedLines(file.parsed.text, text).map((line) => line.trim());
    assert.equal(changed.length, 3, changed.join('\n'));
    assert.match(changed[0] ?? '', /^"?B/);
    assert.match(changed[1] ?? '', /lastmodified.*2031-01-02T03:04:05Z/);
    assert.match(changed[2] ?? '', /mac/);
    assert.equal(plainTree(await reopened(text, format)).B, 'new');
  });

  test(`setting the same value in ${format} changes nothing`, async () => {
    const file = await encrypted(samples[format], format);
    assert.equal(await setValue(file, ['B'], 'two', now), file.parsed.text);
  });

  test(`a key that is set and unset again in ${format} leaves the plain text as it was`, async () => {
    const file = await encrypted(samples[format], format);
    const added = await reopened(await setValue(file, ['NEW'], 'x\ny', now), format);
    assert.equal(plainTree(added).NEW, 'x\ny');
    const removed = await reopened(await unsetValue(added, ['NEW'], now), format);
    assert.equal(decryptedText(removed), decryptedText(file));
  });
}

const empty: Readonly<Record<FormatName, string>> = { yaml: '{}\n', json: '{}\n', dotenv: '' };

for (const format of ['yaml', 'json', 'dotenv'] as const) {
  test(`a file of ${format} without values takes its first, and is without values again when that is taken out`, async () => {
    const file = await encrypted(empty[format], format);
    assert.equal(decryptedText(file), empty[format]);
    const added = await reopened(await setValue(file, ['NEW'], 'x y', now), format);
    assert.deepEqual({ ...plainTree(added) }, { NEW: 'x y' });
    const more = await reopened(await setValue(added, ['MORE'], 'z', now), format);
    assert.deepEqual({ ...plainTree(more) }, { NEW: 'x y', MORE: 'z' });
    const removed = await reopened(await unsetValue(added, ['NEW'], now), format);
    assert.equal(decryptedText(removed), empty[format]);
  });
}

test('braces that hold nothing but the metadata take a value', async () => {
  const block = await encrypted(empty.yaml, 'yaml');
  const flow = await reopened(`{sops: ${JSON.stringify(block.parsed.metadata)}}\n`, 'yaml');
  const filled = await reopened(await setValue(flow, ['NEW'], 'x', now), 'yaml');
  assert.deepEqual({ ...plainTree(filled) }, { NEW: 'x' });
});

const places: readonly (readonly [what: string, text: string, format: FormatName, address: Address])[] = [
  ['a nested key', 'a:\n  b: 1\n', 'yaml', ['a', 'b']],
  ['a new nested key', 'a:\n  b: 1\nz: 2\n', 'yaml', ['a', 'new']],
  ['new maps on the way', 'a: 1\n', 'yaml', ['x', 'y', 'z']],
  ['an item', 'l:\n- a\n- b\n', 'yaml', ['l', 1]],
  ['a new item', 'l:\n  - a\nz: 1\n', 'yaml', ['l', 1]],
  ['a new item in brackets', 'l: [a]\n', 'yaml', ['l', 1]],
  ['a new item in empty brackets', 'l: []\n', 'yaml', ['l', 0]],
  ['a key in an empty map', 'm: {}\n', 'yaml', ['m', 'k']],
  ['a key in braces', 'm: {a: 1,}\n', 'yaml', ['m', 'k']],
  ['a key without a value', 'a:\nb: 1\n', 'yaml', ['a']],
  ['a key of a file in braces', '{a: 1}\n', 'yaml', ['k']],
  ['a key behind a block', 'a: |\n  x\n  y\n', 'yaml', ['k']],
  ['a key behind a file without a line end', 'a: x', 'yaml', ['k']],
  ['a key before the next document', 'a: 1\n---\nb: 2\n', 'yaml', ['k']],
  ['a block scalar', 'a: |  # why\n  x\n  y\n\nb: 1\n', 'yaml', ['a']],
  ['a key with odd characters', 'a: 1\n', 'yaml', ['x: y #"\n']],
  ['a key in a list of maps', 'l:\n  - k: 1\n    m: 2\n', 'yaml', ['l', 0, 'm']],
  ['a new key of JSON', '{"a": {"b": 1}}', 'json', ['a', 'new']],
  ['new maps of JSON', '{}', 'json', ['a', 'b']],
  ['a new item of JSON', '{"l": [1,\n 2]}', 'json', ['l', 2]],
  ['a first item of JSON', '{"l": []}', 'json', ['l', 0]],
  ['a key of dotenv without a line end', 'A=1', 'dotenv', ['B']],
];

for (const [what, text, format, address] of places) {
  for (const value of ['plain', 'two\nlines\n', '', ' [{"}] # ', 7, true, null]) {
    if (format === 'dotenv' && typeof value !== 'string') continue;
    test(`sets ${what} to ${JSON.stringify(value)}`, async () => {
      const file = await encrypted(text, format);
      const opened = await reopened(await setValue(file, address, value, now), format);
      const found = address.reduce<unknown>(
        (tree, step) => (tree as Record<string | number, unknown>)[step],
        plainTree(opened),
      );
      assert.deepEqual(found, value);
      // Everything else is as it was, and the plain text can be read back.
      const others = addressesOf(opened).filter((other) => JSON.stringify(other) !== JSON.stringify(address)).length;
      assert.ok(
        others >= addressesOf(file).filter((other) => JSON.stringify(other) !== JSON.stringify(address)).length,
      );
      assert.deepEqual(plainTree(await encrypted(decryptedText(opened), format)), plainTree(opened));
    });
  }
}

const removals: readonly (readonly [what: string, text: string, format: FormatName, address: Address, left: string])[] =
  [
    ['a key', 'a: 1\nb: 2\n', 'yaml', ['a'], 'b: 2\n'],
    ['the last key', 'a: 1\nb: |\n  x\n  y\n', 'yaml', ['b'], 'a: 1\n'],
    ['the only key of a map', 'a:\n  b: 1\nc: 2\n', 'yaml', ['a', 'b'], 'a:\n  {}\nc: 2\n'],
    ['a map', 'a:\n  b: 1\n  d: 2\nc: 2\n', 'yaml', ['a'], 'c: 2\n'],
    ['an item', 'l:\n- 1\n- 2\n- 3\n', 'yaml', ['l', 1], 'l:\n- 1\n- 3\n'],
    ['the only item', 'l:\n- 1\n', 'yaml', ['l', 0], 'l:\n  []\n'],
    ['the first key behind a dash', 'l:\n  - a: 1\n    b: 2\n', 'yaml', ['l', 0, 'a'], 'l:\n  - b: 2\n'],
    ['a key in braces', 'm: {a: 1, b: 2}\n', 'yaml', ['m', 'a'], 'm: {b: 2}\n'],
    ['the last key in braces', 'm: {a: 1, b: 2}\n', 'yaml', ['m', 'b'], 'm: {a: 1}\n'],
    ['a key of JSON', '{"a": 1, "b": 2}', 'json', ['a'], '{"b": 2}'],
    ['the last key of JSON', '{"a": 1, "b": 2}', 'json', ['b'], '{"a": 1}'],
    ['the only key of JSON', '{"a": {"b": 1}}', 'json', ['a', 'b'], '{"a": {}}'],
    ['an item of JSON', '{"l": [1, 2]}', 'json', ['l', 0], '{"l": [2]}'],
    ['a line of dotenv', 'A=1\nB=2\n', 'dotenv', ['A'], 'B=2\n'],
  ];

for (const [what, text, format, address, left] of removals) {
  test(`takes out ${what}`, async () => {
    const opened = await reopened(await unsetValue(await encrypted(text, format), address, now), format);
    assert.equal(decryptedText(opened), left);
  });
}

const refusals: readonly (readonly [what: string, text: string, format: FormatName, address: Address, code: string])[] =
  [
    ['a map', 'a:\n  b: 1\n', 'yaml', ['a'], 'bad-address'],
    ['something inside of a value', 'a: 1\n', 'yaml', ['a', 'b'], 'bad-address'],
    ['an item far behind the end', 'l: [1]\n', 'yaml', ['l', 5], 'bad-address'],
    ['a name that stands twice', 'A=1\nA=2\n', 'dotenv', ['A'], 'bad-address'],
    ['a map in dotenv', 'A=1\n', 'dotenv', ['B', 'c'], 'bad-address'],
    [
      'what an alias stands for',
      'a: &x {k_unencrypted: 1}\nb: *x\n',
      'yaml',
      ['b', 'nothing', 'at', 'all', 0],
      'bad-address',
    ],
  ];

for (const [what, text, format, address, code] of refusals) {
  test(`refuses to set ${what}`, async () => {
    const file = await encrypted(text, format);
    await assert.rejects(setValue(file, address, 'x', now), { name: 'SopsError', code });
  });
}

test('dotenv refuses a value that it would read back as another', async () => {
  const file = await encrypted('A=1\n', 'dotenv');
  await assert.rejects(setValue(file, ['A'], 'C:\\new', now), { code: 'bad-value' });
});

test('an edit keeps the ciphertext of all that it leaves alone', async () => {
  const file = await encrypted(samples.yaml, 'yaml');
  const text = await replaceText(
    file,
    decryptedText(file).replace('three', 'changed').replace('# note', '# other'),
    now,
  );
  const changed = changedLines(file.parsed.text, text).map((line) => line.trim().replace(/[:[ ].*/, ''));
  assert.deepEqual(changed, ['#ENC', 'c', 'lastmodified', 'mac']);
});

test('an edit may move, add and take out what it likes', async () => {
  const file = await encrypted(samples.yaml, 'yaml');
  const edited = 'B: two\nA: one\nlist:\n  - x\n  - new: {}\n';
  const opened = await reopened(await replaceText(file, edited, now), 'yaml');
  assert.equal(decryptedText(opened), edited);
  assert.ok(
    opened.parsed.text.includes(file.parsed.text.match(/^B: +(ENC.*)$/m)?.[1] ?? 'nothing'),
    'moved, not encrypted anew',
  );
});

const written = {
  yaml: (tree: Parameters<typeof toYaml>[0]) => toYaml(tree),
  json: (tree: Parameters<typeof toYaml>[0]) => toJson(tree, tree.flow ? undefined : '\t'),
  dotenv: (tree: Parameters<typeof toYaml>[0]) => toDotenv(tree),
};

for (const format of ['yaml', 'json', 'dotenv'] as const) {
  test(`any ${format} tree is the same after encryption, and each of its values can be set`, async () => {
    await fc.assert(
      fc.asyncProperty(
        sketches(shapes[format]),
        fc.nat(),
        fc.string({ unit: 'grapheme' }),
        async (tree, pick, text) => {
          const value = text.replaceAll(/[\\\r]/g, '');
          const file = await encrypted(written[format](tree), format);
          const again = await encrypted(decryptedText(file), format);
          assert.deepEqual(plainTree(again), plainTree(file));
          const addresses = addressesOf(file).filter((address) => !String(address[0]).match(/^(alias|merge)_/));
          const address = addresses[pick % Math.max(1, addresses.length)];
          if (address === undefined) return;
          const changed = await reopened(await setValue(file, address, value, now), format);
          const left = changedLines(file.parsed.text, changed.parsed.text).length;
          assert.ok(left <= 3 || !file.parsed.text.includes('\n'), `${left} lines changed`);
          assert.equal(addressesOf(changed).length, addressesOf(file).length);
        },
      ),
      { numRuns: 60 },
    );
  });
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { decryptedText, type FormatName, formatOfFile, openSops, type PlainTree, plainTree } from './index.ts';
import { identity, otherIdentity } from './testKeys.ts';

function vector(name: string): string {
  return readFileSync(new URL(`vectors/${name}`, import.meta.url), 'utf8');
}

async function open(name: string, key = identity) {
  return await openSops(vector(name), formatOfFile(name) as FormatName, [key]);
}

const rules = { user: 'someone', PASSWORD: 'hunter2', db: { password: 'hunter3', port: 5432 }, token_secret: 'abc' };
const marked = { plain: 'one', hidden: 'two', shown: 'three', other: 'four' };

/** Made by sops 3.11.0: see vectors/make.sh. */
const expected: Readonly<Record<string, PlainTree>> = {
  'types.yaml': {
    text: 'hello',
    empty: '',
    unicode: 'größe ☃ 😀',
    lines: 'first\nsecond\n',
    int: 42,
    negative: -7,
    octal: 10,
    big: 9007199254740993n,
    float: 1.5,
    small: 1e-10,
    infinite: Number.POSITIVE_INFINITY,
    yes_is_text: 'yes',
    truth: true,
    nothing: null,
    date: '2001-12-14T00:00:00Z',
    time: '2001-12-14T21:59:43.1-05:00',
    binary: new Uint8Array([0xff, 0xfe, 0xfd]),
    map: { list: [1, 'two', true, null, { deep: 'x' }], none: {} },
    'odd key: #': 'quoted',
    left_unencrypted: 7,
    anchor: { k: 'v' },
    alias: { k: 'v' },
  },
  'comments.yaml': { a: 1, list: ['x', 'y'], map: { k: 'v' } },
  'documents.yaml': { first: 1 },
  'regex.yaml': rules,
  'suffix.yaml': rules,
  'mac-only.yaml': rules,
  'comment-regex.yaml': marked,
  'unencrypted-comment-regex.yaml': marked,
  'two-recipients.yaml': { DATABASE_URL: 'postgresql://u:p@h:5432/d', SESSION_SECRET: '0123456789abcdef' },
  'types.json': {
    text: 'hello',
    empty: '',
    escaped: 'a"b\\c\u2028\n',
    int: 42,
    float: 1.5,
    truth: true,
    nothing: null,
    list: [1, 'two', [], {}],
    left_unencrypted: 1,
  },
  'app.env': {
    DATABASE_URL: 'postgresql://u:p@h:5432/d?a=b#c',
    EMPTY: '',
    LINES: 'one\ntwo',
    QUOTED: '"kept"',
  },
};

function bare(tree: PlainTree): unknown {
  if (tree instanceof Uint8Array) return [...tree];
  if (Array.isArray(tree)) return tree.map(bare);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, bare(value)]));
}

for (const [name, tree] of Object.entries(expected)) {
  test(`opens ${name} as sops encrypted it`, async () => {
    assert.deepEqual(bare(plainTree(await open(name))), bare(tree));
  });
}

test('opens a file for either of its recipients', async () => {
  assert.deepEqual(
    plainTree(await open('two-recipients.yaml', otherIdentity)),
    plainTree(await open('two-recipients.yaml')),
  );
});

test('reads every document of a YAML file', async () => {
  const { leaves } = await open('documents.yaml');
  assert.deepEqual(
    leaves.map(({ scalar, document }) => [document, scalar.text]),
    [
      [0, '1'],
      [1, '2'],
    ],
  );
});

test('shows comments as they were, those in lists too', async () => {
  const text = decryptedText(await open('comments.yaml'));
  for (const comment of ['# head', '# beside', '# above', '# first', '# item', '# last in map', '# foot']) {
    assert.ok(text.includes(comment), comment);
  }
  assert.ok(!text.includes('ENC['), text);
});

test('a dotenv file is, once decrypted, what it was', async () => {
  assert.equal(decryptedText(await open('app.env')), vector('plain/app.env'));
});

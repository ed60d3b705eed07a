import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encryptText, type FormatName, openSops, plainTree } from './index.ts';
import { identity, recipient } from './testKeys.ts';

const bomb = `a: &a [x]\n${Array.from({ length: 20 }, (_, at) => {
  const [from, to] = [String.fromCharCode(97 + at), String.fromCharCode(98 + at)];
  return `${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`;
}).join('\n')}\n`;

const refused: readonly (readonly [what: string, format: FormatName, text: string, problem: RegExp])[] = [
  ['an alias bomb', 'yaml', bomb, /line \d+: aliases stand for more than/],
  ['an alias to itself', 'yaml', 'a: &a [*a]\n', /line 1: the alias \*a refers to what it stands in/],
  ['an alias to nothing', 'yaml', 'a: *b\n', /line 1: the alias \*b refers to nothing/],
  ['brackets without end', 'yaml', `a: ${'['.repeat(100_000)}`, /./],
  ['maps too deep', 'yaml', `a: ${'{a: '.repeat(500)}1${'}'.repeat(500)}\n`, /nested more than 200 levels/],
  ['lists too deep', 'json', `{"a":${'['.repeat(500)}${']'.repeat(500)}}`, /line 1: nested more than 200 levels/],
  ['a name twice', 'yaml', 'a: 1\nb: 2\na: 3\n', /line 3: .*unique/],
  ['a list at the root', 'yaml', '- a\n', /line 1: only a map/],
  ['a list at the root of JSON', 'json', '[1]', /only an object/],
  ['a name that is a number', 'yaml', '12: x\n', /line 1: the key 12 is no text/],
  ['a name that is a list', 'yaml', '[a]: x\n', /only text can be a key/],
  ['an empty file', 'yaml', '', /empty/],
  ['text behind JSON', 'json', '{} {}', /line 1: something follows/],
  ['a comment in JSON', 'json', '{} // x', /something follows/],
  ['a comma too many', 'json', '{"a": 1,}', /line 1/],
  ['a control character in JSON', 'json', '{"a": "\u0001"}', /line 1: not JSON/],
  ['a number too large', 'json', '{"a": 1e400}', /too large/],
  [
    'a number that would be rounded',
    'json',
    '{"a": 9007199254740993}',
    /line 1: a is an integer that sops would round/,
  ],
  ['an integer beyond 64 bits', 'yaml', 'a: 18446744073709551615\n', /line 1: .*9223372036854775807/],
  ['a line that is no KEY=value', 'dotenv', 'A=1\nnonsense\n', /line 2/],
  ['a tab for indentation', 'yaml', 'a:\n\tb: 1\n', /line 2/],
];

for (const [what, format, text, problem] of refused) {
  test(`refuses ${what}, at once`, async () => {
    const start = performance.now();
    await assert.rejects(encryptText(text, { format, recipients: [recipient] }), (error: Error) => {
      assert.equal(error.name, 'SopsError', error.stack);
      assert.match(error.message, problem);
      return true;
    });
    assert.ok(performance.now() - start < 5000);
  });
}

test('names of built-in properties are names', async () => {
  for (const [format, text] of [
    ['yaml', '__proto__: CANARY\nconstructor: b\ntoString: {__proto__: c}\n'],
    ['json', '{"__proto__": "CANARY", "constructor": "b", "toString": {"__proto__": "c"}}'],
    ['dotenv', '__proto__=CANARY\nconstructor=b\n'],
  ] as const) {
    const file = await openSops(await encryptText(text, { format, recipients: [recipient] }), format, [identity]);
    const tree = plainTree(file);
    assert.equal(Object.getOwnPropertyDescriptor(tree, '__proto__')?.value, 'CANARY');
    assert.equal(Object.getOwnPropertyDescriptor(tree, 'constructor')?.value, 'b');
    assert.equal(({} as Record<string, unknown>).CANARY, undefined);
  }
});

test('words that other YAML readers take for something else come back as they were', async () => {
  const words = [
    'no',
    'yes',
    'on',
    'off',
    'y',
    'n',
    '012',
    '1e3',
    '~',
    'null',
    '2001-01-01',
    '0x1f',
    '=',
    '<<',
    '1:30',
    '.5',
    '-',
    '',
  ];
  const text = words.map((word, at) => `k${at}: ${JSON.stringify(word)}\n`).join('');
  const file = await openSops(await encryptText(text, { format: 'yaml', recipients: [recipient] }), 'yaml', [identity]);
  assert.deepEqual(Object.values(plainTree(file)), words);
});

test('a file of 5,000 values is opened in seconds', async () => {
  const text = Array.from({ length: 5_000 }, (_, at) => `KEY_${at}: [${at}]\n`).join('');
  const start = performance.now();
  const file = await openSops(await encryptText(text, { format: 'yaml', recipients: [recipient] }), 'yaml', [identity]);
  assert.equal(file.leaves.length, 5_000);
  assert.ok(performance.now() - start < 30_000, `${performance.now() - start} ms`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { splitWords, WordsError } from './words.ts';

test('words are split as a shell would, without expanding anything', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['node server.js --port 80', ['node', 'server.js', '--port', '80']],
    [`  a\t'b c'  "d e" `, ['a', 'b c', 'd e']],
    [`sh -c 'migrate && start $X'`, ['sh', '-c', 'migrate && start $X']],
    [`a\\ b "c\\"d" 'e\\f'`, ['a b', 'c"d', 'e\\f']],
    [`x'y'"z"`, ['xyz']],
    [`'' ""`, ['', '']],
    ['a#b c~d x{}y', ['a#b', 'c~d', 'x{}y']],
    ['"\\n"', ['\\n']],
  ];
  for (const [line, words] of cases) assert.deepEqual(splitWords(line), words, line);
});

test('what needs a shell, or does not end, is refused', () => {
  for (const line of [
    'a && b',
    'a | b',
    'a > b',
    'echo $HOME',
    '`id`',
    '$(id)',
    'ls *.js',
    '~/x',
    'a;b',
    '# x',
    "'a",
    '"a',
    'a\\',
    '',
    '  ',
  ]) {
    assert.throws(() => splitWords(line), WordsError, line);
  }
});

test('any words come back from their quoted form', () => {
  const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (words) => {
      assert.deepEqual(splitWords(words.map(quote).join(' ')), words);
    }),
  );
});

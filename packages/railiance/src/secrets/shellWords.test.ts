import assert from 'node:assert/strict';
import { test } from 'node:test';

import { shellWords } from './shellWords.ts';

const commands: readonly (readonly [command: string, words: readonly string[]])[] = [
  ['vi', ['vi']],
  ['  code   --wait ', ['code', '--wait']],
  ['"my editor" -x', ['my editor', '-x']],
  ["'a b'c d\\ e", ['a bc', 'd e']],
  ['age -d "$HOME/x"', ['age', '-d', '$HOME/x']],
  ['x "" \'\'', ['x', '', '']],
  ['x "a\\"b" \'a\\b\'', ['x', 'a"b', 'a\\b']],
  ['cat x; rm -rf / $(id) `id`', ['cat', 'x;', 'rm', '-rf', '/', '$(id)', '`id`']],
];

for (const [command, words] of commands) {
  test(`splits ${JSON.stringify(command)}`, () => assert.deepEqual(shellWords(command, 'EDITOR'), words));
}

for (const command of ['', '   ', '""', '"open', "x 'open"]) {
  test(`refuses ${JSON.stringify(command)}`, () => {
    assert.throws(() => shellWords(command, 'EDITOR'), { name: 'Failure', action: 'read $EDITOR' });
  });
}

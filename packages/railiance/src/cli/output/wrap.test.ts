import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { bold, dim, plain, type Text, widthOf } from './text.ts';
import { wrap } from './wrap.ts';

const shown = (text: Text, columns: number) => wrap(text, columns).map(plain);

test('a line that fits is left alone', () => {
  assert.deepEqual(shown(['a  b ', bold('c')], 10), ['a  b c']);
});

test('lines break between words, indented as they begin', () => {
  assert.deepEqual(shown('one two three four', 9), ['one two', 'three', 'four']);
  assert.deepEqual(shown('  one two three', 9), ['  one two', '  three']);
});

test('the value of a label stays in its column', () => {
  assert.deepEqual(shown(['  cause  ', dim('it is long and was not'), ' wrapped'], 24), [
    '  cause  it is long and',
    '         was not wrapped',
  ]);
});

test('a word that is longer than the line stays whole', () => {
  assert.deepEqual(shown('see /a/very/long/path.json for it', 10), ['see', '/a/very/long/path.json', 'for it']);
});

test('wrapping takes no word and no order away, and only long words pass the edge', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 20 });
  fc.assert(
    fc.property(words, fc.integer({ min: 4, max: 30 }), (list, columns) => {
      const lines = wrap(
        list.map((word, at) => [at === 0 ? '' : ' ', at % 2 === 0 ? bold(word) : word]),
        columns,
      );
      assert.deepEqual(lines.map(plain).join(' ').split(/\s+/).filter(Boolean), list);
      for (const line of lines) assert.ok(widthOf(line) <= columns || /^\S+$/.test(plain(line)), plain(line));
    }),
  );
});

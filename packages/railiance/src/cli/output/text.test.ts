import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import measure from 'fast-string-truncated-width';

import { harmless, linesOf } from './neutralise.ts';
import { pairLines, tableLines } from './table.ts';
import { bold, dim, green, pad, plain, render, type Text, truncate, widthOf } from './text.ts';

const string = fc.string({ unit: 'binary' });
const { text } = fc.letrec<{ text: Text }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3 },
    string,
    tie('text').map((inner) => bold(inner)),
    tie('text').map((inner) => green(inner)),
    fc.array(tie('text'), { maxLength: 3 }),
  ),
}));

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test('no text can put a control character on the screen', () => {
  fc.assert(
    fc.property(text, (any) => {
      assert.doesNotMatch(render(any, false), control);
      assert.equal(render(any, false), plain(any));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: only the styles' own sequences may remain
      assert.doesNotMatch(render(any, true).replace(/\x1b\[\d+m/g, ''), control);
    }),
  );
});

test('a truncated text fits, and one that fits is left alone', () => {
  fc.assert(
    fc.property(text, fc.nat({ max: 40 }), (any, columns) => {
      const short = truncate(any, columns);
      assert.ok(widthOf(short) <= columns, `${JSON.stringify(plain(short))} in ${columns}`);
      if (widthOf(any) <= columns) assert.equal(plain(short), columns === 0 ? '' : plain(any));
    }),
  );
});

test('plain texts are as wide as they are measured to be', () => {
  const plainCharacter = fc.constantFrom(...Array.from(' ~azAZ09#–…✓✗ÀßñøÿžɏǅŁ'));
  const almost = fc.string({
    unit: fc.oneof(plainCharacter, fc.constantFrom('\u0301', '×', '漢', '✔️', '👍', '\u200d')),
  });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: plainCharacter }), almost), (any) => {
      assert.equal(widthOf(any), measure(plain(any)).width);
    }),
  );
});

test('what a CI runner or a terminal would obey is broken up', () => {
  for (const line of [
    '::set-output name=x::y',
    '  ::error::x',
    '##[command]x',
    '\x1b]0;title\x07',
    '\x1b[2J',
    'a\rb',
    '\u202egnp',
  ]) {
    const shown = harmless(line);
    assert.doesNotMatch(shown, control);
    assert.doesNotMatch(shown, /^\s*::|##\[/);
  }
  assert.equal(harmless('a\tb\nc'), 'a  b\\nc');
});

test('a line of a hundred megabytes is cut', () => {
  const shown = harmless('x'.repeat(100 * 1024 * 1024));
  assert.ok(shown.length < 20_000);
  assert.match(shown, /… \(104841216 more\)$/);
});

test('wide characters count two columns', () => {
  assert.equal(widthOf('日本'), 4);
  assert.equal(widthOf('é'), 1);
  assert.equal(plain(pad('日', 4)), '日  ');
  assert.equal(plain(pad('7', 3, 'right')), '  7');
});

test('lines are those that a text has', () => {
  assert.deepEqual(linesOf('a\r\nb\n'), ['a', 'b']);
  assert.deepEqual(linesOf(''), ['']);
});

test('a table is aligned and fits the width', () => {
  const columns = [
    { title: 'NAME', value: (row: readonly string[]) => row[0] ?? '' },
    { title: 'SAW', value: (row: readonly string[]) => dim(row[1] ?? ''), flexible: true },
    { title: 'MS', value: (row: readonly string[]) => row[2] ?? '', align: 'right' as const },
  ];
  const rows = [
    ['日本', 'short', '5'],
    ['plain', 'a text that is too long for this screen', '120'],
  ];
  assert.deepEqual(tableLines(columns, rows, 30).map(plain), [
    'NAME   SAW                  MS',
    '日本   short                 5',
    'plain  a text that is to…  120',
  ]);
  assert.equal(Math.max(...tableLines(columns, rows, 30).map(widthOf)), 30);
  assert.match(plain(tableLines(columns, rows, Number.POSITIVE_INFINITY).at(-1) ?? ''), /for this screen/);
});

test('what the last column says goes on below: words in their column, an address whole on a line of its own', () => {
  const columns = [
    { title: 'NAME', value: (row: readonly string[]) => row[0] ?? '' },
    { title: 'SAW', value: (row: readonly string[]) => row[1] ?? '', flexible: true },
  ];
  const rows = [
    ['disk', 'none of the three folders has any room left'],
    ['route', 'http://probe.production.localhost:8080'],
    ['agent', ''],
  ];
  assert.deepEqual(tableLines(columns, rows, 36).map(plain), [
    'NAME   SAW',
    'disk   none of the three folders has',
    '       any room left',
    'route',
    '  http://probe.production.localhost:8080',
    'agent',
  ]);
});

test('pairs have their values aligned', () => {
  assert.deepEqual(
    pairLines([
      ['a', 'x'],
      ['long', 'y'],
    ]).map(plain),
    ['a     x', 'long  y'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toCsvLine } from './csv.ts';

const cases: readonly [string, unknown, string][] = [
  ['plain text', 'deploy', 'deploy'],
  ['a comma', 'a,b', '"a,b"'],
  ['quotes', 'say "yes"', '"say ""yes"""'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['nothing', null, ''],
  ['a negative number', -3, '-3'],
  ['a moment', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an object', { a: 1 }, '"{""a"":1}"'],
  ['a formula', '=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
  ['a formula by plus', '+1+cmd', "'+1+cmd"],
  ['a formula by at', '@SUM(A1)', "'@SUM(A1)"],
  ['a formula by a wide sign', '＝1+1', "'＝1+1"],
  ['a formula behind a line break', '\n=1', `"'\n=1"`],
  ['a formula behind a tab', '\t=1', "'\t=1"],
];
for (const [name, value, expected] of cases) {
  test(`writes ${name}`, () => assert.equal(toCsvLine([value]), `${expected}\r\n`));
}

test('no text begins a cell as a formula', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const written = toCsvLine([text]).replace(/^"/, '');
      assert.ok(!/^[=+\-@]/.test(written));
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { neutralise } from './neutralise.ts';

const cases: readonly [string, string, string][] = [
  ['colours', '\x1b[1;31mred\x1b[0m', 'red'],
  ['cursor movement', 'a\x1b[2Jb\x1b[10;1Hc', 'abc'],
  ['a window title', '\x1b]0;owned\x07text', 'text'],
  ['a link, ended by ST', '\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\', 'click'],
  ['an unfinished string', 'before\x1b]52;c;AAAA', 'before'],
  ['a full reset', 'a\x1bcb', 'ab'],
  ['the 8-bit CSI', 'a\x9b31mb', 'ab'],
  ['a lone escape', 'a\x1b', 'a␛'],
  ['bell, backspace, NUL, delete', '\x07\b\0\x7f', '␇␈␀␡'],
  ['lines that end with CRLF', 'one\r\ntwo\r\n', 'one\ntwo\n'],
  ['carriage return', 'good\revil', 'good␍evil'],
  ['text that runs backwards', 'a\u202eb', 'a\ufffdb'],
  ['a runner command', '::set-output name=a::b', ': :set-output name=a::b'],
  ['an indented one', '  ::stop-commands::x', '  : :stop-commands::x'],
  ['one on the second line', 'a\n::add-mask::b', 'a\n: :add-mask::b'],
  ['one behind a colour', '\x1b[0m::error::x', ': :error::x'],
  ['the old form, anywhere', 'a ##[error]b', 'a # #[error]b'],
  ['Azure', '##vso[task.setvariable]x', '# #vso[task.setvariable]x'],
  ['plain text', 'Grüße\t→ std::vector ## title\n', 'Grüße\t→ std::vector ## title\n'],
];

for (const [name, text, expected] of cases) {
  test(`neutralises ${name}`, () => assert.equal(neutralise(text), expected));
}

test('what comes out holds no control character, and stays as it is the second time', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('\x1b', '[', ']', '\x07', '\x9b', '\\', ':', '#', '\n', 'm', 'x', ' '),
  });
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (text) => {
      const safe = neutralise(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what must be gone
      assert.doesNotMatch(safe, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      assert.doesNotMatch(safe, /^\s*::|##\[/m);
      assert.equal(neutralise(safe), safe);
    }),
  );
});

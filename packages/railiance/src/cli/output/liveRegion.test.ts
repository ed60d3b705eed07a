import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { LiveRegion } from './liveRegion.ts';

/** As much of a terminal as a live region uses; anything else in its output fails the test. */
class Screen {
  readonly lines: string[] = [''];
  cursorHidden = false;
  #row = 0;

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what a terminal reads
    for (const [token, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[[?\dA-Za-z]*?[hlJK]|\r|\n|[^\x1b\r\n]+/g)) {
      if (up !== undefined) this.#row -= Number(up);
      else if (token === '\n') this.#row += 1;
      else if (token === '\x1b[2K') this.lines[this.#row] = '';
      else if (token === '\x1b[J') this.lines.splice(this.#row);
      else if (token.startsWith('\x1b[?25')) this.cursorHidden = token.endsWith('l');
      else if (!token.startsWith('\x1b') && token !== '\r')
        this.lines[this.#row] = (this.lines[this.#row] ?? '') + token;
      assert.ok(this.#row >= 0, 'the cursor stays on the screen');
      while (this.lines.length <= this.#row) this.lines.push('');
    }
  }

  /** Without the empty line that the cursor rests on. */
  get shown(): string[] {
    return this.lines.slice(0, this.#row);
  }
}

const line = fc.stringMatching(/^[a-z ]{1,20}$/);
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ draw: fc.array(line, { maxLength: 6 }) }) },
  fc.record({ print: line }),
  fc.constant({ release: true }),
);

test('after any drawing, printing and releasing the screen shows what is permanent, and then the last picture', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const screen = new Screen();
      const region = new LiveRegion((text) => screen.write(text));
      const permanent: string[] = [];
      let picture: readonly string[] = [];
      for (const step of actions) {
        if ('draw' in step) {
          region.draw(step.draw);
          picture = step.draw;
        } else if ('print' in step) {
          region.clear();
          screen.write(`${step.print}\n`);
          permanent.push(step.print);
          picture = [];
        } else {
          region.release();
          permanent.push(...picture);
          picture = [];
        }
        assert.deepEqual(screen.shown, [...permanent, ...picture]);
        if (picture.length === 0) assert.equal(screen.cursorHidden, false, 'the cursor is given back');
      }
    }),
  );
});

test('a picture that has not changed is not written again', () => {
  const written: string[] = [];
  const region = new LiveRegion((text) => written.push(text));
  region.draw(['one', 'two']);
  region.draw(['one', 'two']);
  assert.equal(written.length, 1);
  region.draw(['one', 'three']);
  assert.doesNotMatch(written[1] ?? '', /one/);
});

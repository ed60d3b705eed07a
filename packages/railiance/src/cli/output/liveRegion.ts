const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
// Terminals that know it draw the frame at once; the others ignore it.
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';
const clearLine = '\r\x1b[2K';
const clearBelow = '\r\x1b[J';

/** The last lines of the screen, drawn again and again. Each line must fit the width, or the count of rows is wrong. */
export class LiveRegion {
  readonly #write: (text: string) => void;
  #shown: readonly string[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Draws what differs from the last picture; the cursor rests below it. */
  draw(lines: readonly string[]): void {
    if (lines.length === 0) {
      this.clear();
      return;
    }
    const before = this.#shown;
    if (lines.length === before.length && lines.every((line, at) => line === before[at])) return;
    const moveUp = before.length > 0 ? `\x1b[${before.length}A` : hideCursor;
    const body = lines.map((line, at) => (line === before[at] ? '\n' : `${clearLine}${line}\n`)).join('');
    this.#write(`${beginFrame}${moveUp}${body}${lines.length < before.length ? clearBelow : ''}${endFrame}`);
    this.#shown = lines;
  }

  /** Takes the picture off the screen, so that something else can be written in its place. */
  clear(): void {
    if (this.#shown.length === 0) return;
    this.#write(`\x1b[${this.#shown.length}A${clearBelow}${showCursor}`);
    this.#shown = [];
  }

  /** Leaves the picture where it is, for good. */
  release(): void {
    if (this.#shown.length > 0) this.#write(showCursor);
    this.#shown = [];
  }
}

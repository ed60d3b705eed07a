import { parse } from 'smol-toml';

/** Counted from 1; columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type KeyPath = readonly (string | number)[];

export interface Place {
  readonly key: Position;
  /** Where the value begins; the table's header for a table that has one. */
  readonly value: Position;
}

/**
 * Finds where each key of a TOML document stands. The document has been parsed before, so it is known to be valid, and
 * only its shape is followed here: headers, keys, and the brackets, strings and comments that values are made of.
 * https://toml.io/en/v1.1.0
 */
export function findPlaces(source: string): (path: KeyPath) => Place | undefined {
  const scanner = new Scanner(source);
  scanner.document();
  return (path) => scanner.places.get(JSON.stringify(path));
}

class Scanner {
  readonly places = new Map<string, Place>();
  readonly #source: string;
  readonly #lineStarts: number[] = [0];
  /** Count of each array of tables met so far. */
  readonly #counts = new Map<string, number>();
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  document(): void {
    if (this.#source.charCodeAt(0) === 0xfeff) this.#at = 1;
    let table: KeyPath = [];
    for (this.#skipBlank(); this.#at < this.#source.length; this.#skipBlank()) {
      if (this.#source[this.#at] === '[') table = this.#header();
      else this.#pair(table, false);
    }
  }

  #header(): KeyPath {
    const start = this.#at;
    const isArray = this.#source[this.#at + 1] === '[';
    this.#at += isArray ? 2 : 1;
    const key = this.#key();
    this.#at += isArray ? 2 : 1;
    let path: KeyPath = [];
    for (const [at, part] of key.entries()) {
      path = [...path, part];
      const name = JSON.stringify(path);
      const last = at === key.length - 1;
      const position = this.#positionAt(start);
      if (last || !this.places.has(name)) this.places.set(name, { key: position, value: position });
      if (last && isArray) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
      const count = this.#counts.get(name);
      if (count === undefined) continue;
      path = [...path, count - 1];
      if (last) this.places.set(JSON.stringify(path), { key: position, value: position });
    }
    return path;
  }

  #pair(table: KeyPath, inline: boolean): void {
    const start = this.#positionAt(this.#at);
    const key = this.#key();
    this.#at += 1;
    if (inline) this.#skipBlank();
    else this.#skipSpaces();
    const value = this.#positionAt(this.#at);
    for (let length = 1; length <= key.length; length++) {
      const name = JSON.stringify([...table, ...key.slice(0, length)]);
      if (length === key.length || !this.places.has(name)) this.places.set(name, { key: start, value });
    }
    this.#value([...table, ...key]);
  }

  /** Reads up to the `=` or `]` after a key. */
  #key(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const start = this.#at;
      const first = this.#source[start];
      if (first === '"' || first === "'") {
        this.#string();
        parts.push(...Object.keys(parse(`${this.#source.slice(start, this.#at)} = 0`)));
      } else {
        while (/[\w-]/.test(this.#source[this.#at] ?? '')) this.#at += 1;
        parts.push(this.#source.slice(start, this.#at));
      }
      this.#skipSpaces();
      if (this.#source[this.#at] !== '.') return parts;
      this.#at += 1;
    }
  }

  #value(path: KeyPath): void {
    const first = this.#source[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (first === '[') this.#items(']', (index) => this.#element([...path, index]));
    else if (first === '{') this.#items('}', () => this.#pair(path, true));
    // Dates may hold a space, so a bare value ends where it must: at the line's end, a comment, or the next item.
    else while (this.#at < this.#source.length && !/[\n,\]}#]/.test(this.#source[this.#at] ?? '')) this.#at += 1;
  }

  #element(path: KeyPath): void {
    const position = this.#positionAt(this.#at);
    this.places.set(JSON.stringify(path), { key: position, value: position });
    this.#value(path);
  }

  #items(end: string, item: (index: number) => void): void {
    this.#at += 1;
    for (let index = 0; this.#at < this.#source.length; index++) {
      this.#skipBlank();
      if (this.#source[this.#at] === end) break;
      item(index);
      this.#skipBlank();
      if (this.#source[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
  }

  #string(): void {
    const quote = this.#source[this.#at] ?? '';
    const long = this.#source.startsWith(quote.repeat(3), this.#at);
    const end = long ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (this.#at < this.#source.length && !this.#source.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#source[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += end.length;
    // A long string may end in four or five quotes: the first ones are its own.
    while (long && this.#source[this.#at] === quote) this.#at += 1;
  }

  #skipSpaces(): void {
    while (this.#source[this.#at] === ' ' || this.#source[this.#at] === '\t') this.#at += 1;
  }

  /** Blanks, line ends and comments. */
  #skipBlank(): void {
    while (this.#at < this.#source.length) {
      const character = this.#source[this.#at] ?? '';
      if (character === '#') this.#at = this.#endOfLine();
      else if (/\s/.test(character)) this.#at += 1;
      else return;
    }
  }

  #endOfLine(): number {
    const end = this.#source.indexOf('\n', this.#at);
    return end < 0 ? this.#source.length : end;
  }

  #positionAt(offset: number): Position {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

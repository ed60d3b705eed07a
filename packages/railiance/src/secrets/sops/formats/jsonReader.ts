import { lineCounter } from '../edits.ts';
import { formatFloat, nullScalar, parseFloat64, type Scalar, stringScalar } from '../scalar.ts';
import { SopsError } from '../sopsError.ts';
import type { Entry, ListItem, MapNode, Span, TreeNode, ValueNode } from '../tree.ts';

const maxDepth = 200;
const whitespace = /[ \t\r\n]*/y;
const token =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside of strings
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Reads JSON (RFC 8259) with the place of every value. Repeated names are kept, as sops keeps them.
 * @throws SopsError (unreadable) naming the line
 */
export function parseJson(text: string): MapNode {
  const reader = new Reader(text);
  reader.skip();
  const root = reader.value(0);
  reader.skip();
  if (reader.at < text.length) reader.fail('something follows the value');
  if (root.kind !== 'map') reader.fail('only an object can be the root of a sops file');
  return root as MapNode;
}

class Reader {
  readonly text: string;
  readonly line: (offset: number) => number;
  at = 0;

  constructor(text: string) {
    this.text = text;
    this.line = lineCounter(text);
  }

  fail(problem: string): never {
    throw new SopsError('unreadable', problem, this.line(this.at));
  }

  skip(): void {
    whitespace.lastIndex = this.at;
    whitespace.test(this.text);
    this.at = whitespace.lastIndex;
  }

  /** The next token of text; its span is before `at`. */
  scalarText(): string {
    token.lastIndex = this.at;
    const match = token.exec(this.text);
    if (match === null) this.fail('not JSON');
    this.at = token.lastIndex;
    return match[0];
  }

  value(depth: number): TreeNode {
    if (depth > maxDepth) this.fail(`nested more than ${maxDepth} levels deep`);
    const first = this.text[this.at];
    if (first === '{') return this.map(depth);
    if (first === '[') return this.list(depth);
    const start = this.at;
    const source = this.scalarText();
    const node: ValueNode = {
      kind: 'value',
      scalar: this.scalar(source),
      span: { start, end: this.at },
      line: this.line(start),
      place: { flow: true },
    };
    return node;
  }

  scalar(source: string): Scalar {
    if (source.startsWith('"')) return stringScalar(JSON.parse(source) as string);
    if (source === 'null') return nullScalar;
    if (source === 'true') return { type: 'bool', text: 'True' };
    if (source === 'false') return { type: 'bool', text: 'False' };
    const value = parseFloat64(source);
    if (value === undefined) return this.fail(`${source.slice(0, 40)} is too large a number`);
    return { type: 'float', text: formatFloat(value) };
  }

  map(depth: number): MapNode {
    const start = this.at;
    const entries: Entry[] = [];
    this.children('}', () => {
      const from = this.at;
      if (this.text[this.at] !== '"') this.fail('a name in quotes must stand here');
      const key = JSON.parse(this.scalarText()) as string;
      this.skip();
      if (this.text[this.at] !== ':') this.fail('a colon must stand here');
      this.at += 1;
      this.skip();
      const value = this.value(depth + 1);
      entries.push({ kind: 'entry', key, value, span: { start: from, end: this.at }, line: this.line(from) });
    });
    return { kind: 'map', entries, span: this.since(start), flow: true, indent: 0 };
  }

  list(depth: number): TreeNode {
    const start = this.at;
    const items: ListItem[] = [];
    this.children(']', () => {
      const value = this.value(depth + 1);
      items.push({ kind: 'item', value, span: value.span });
    });
    return { kind: 'list', items, span: this.since(start), flow: true, indent: 0 };
  }

  since(start: number): Span {
    return { start, end: this.at };
  }

  children(close: string, read: () => void): void {
    this.at += 1;
    this.skip();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      read();
      this.skip();
      const next = this.text[this.at];
      if (next !== ',' && next !== close) this.fail(`a comma or ${close} must stand here`);
      this.at += 1;
      if (next === close) return;
      this.skip();
    }
  }
}

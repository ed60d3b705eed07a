import type { Edit } from '../edits.ts';
import { type Scalar, stringScalar } from '../scalar.ts';
import { SopsError } from '../sopsError.ts';
import type { CommentNode, Entry, MapNode, Span, ValueNode } from '../tree.ts';
import { flatten, unflatten } from './flat.ts';
import type { Format, SealedSpans } from './format.ts';

const prefix = 'sops_';

interface Line extends Span {
  readonly text: string;
  readonly number: number;
}

/**
 * sops' own reading of dotenv: `KEY=value` lines taken literally (quotes and spaces belong to the value), `\n` for a line
 * end within a value, `#` comments. Windows line ends are taken as line ends where every line has one.
 */
export const dotenv: Format = {
  name: 'dotenv',

  async parse(text) {
    const entries: (Entry | CommentNode)[] = [];
    const flat = new Map<string, { text: string; span: Span }>();
    for (const line of linesOf(text)) {
      if (line.text === '') continue;
      if (line.text.startsWith('#')) {
        const span = { start: line.start + 1, end: line.end };
        entries.push({ kind: 'comment', text: line.text.slice(1), span, line: line.number });
        continue;
      }
      const entry = entryOf(line);
      const value = entry.value as ValueNode;
      if (entry.key.startsWith(prefix)) {
        flat.set(entry.key.slice(prefix.length), { text: value.scalar.text, span: value.span });
      } else {
        entries.push(entry);
      }
    }
    const root: MapNode = { kind: 'map', entries, span: { start: 0, end: text.length }, flow: false, indent: 0 };
    if (flat.size === 0) return { text, roots: [root], documents: [root], sealed: [] };
    const metadata = unflatten(new Map([...flat].map(([key, { text: value }]) => [key, value])));
    return { text, roots: [root], documents: [root], metadata, sealed: [sealOf(flat)] };
  },

  writeEncrypted: (_parsed, node, encrypted) => [{ ...node.span, text: encrypted }],

  writePlain: (_parsed, node, scalar) => [{ ...node.span, text: encodeValue(scalar) }],

  writeMetadata(parsed, entries) {
    const lines = [...flatten(entries)].map(([key, value]) => `${prefix}${key}=${encodeText(value)}\n`).sort();
    return [...this.removeMetadata(parsed), appended(parsed.text, lines.join(''))];
  },

  writeSeal(parsed, mac, lastModified) {
    const spans = parsed.sealed[0] ?? {};
    const edits: Edit[] = [];
    if (spans.mac !== undefined) edits.push({ ...spans.mac, text: mac });
    if (spans.lastModified !== undefined) edits.push({ ...spans.lastModified, text: lastModified });
    return edits;
  },

  removeMetadata: ({ text }) =>
    linesOf(text)
      .filter((line) => line.text.startsWith(prefix) && line.text.includes('='))
      .map((line) => ({ start: line.start, end: afterLine(text, line.end), text: '' })),

  addEntry(parsed, map, keys) {
    const [key, ...rest] = keys;
    if (rest.length > 0) throw new SopsError('bad-address', 'a dotenv file has no maps within maps');
    if (!/^[^\s#=][^\n=]*$/.test(key) || key.startsWith(prefix)) {
      throw new SopsError('bad-value', `${JSON.stringify(key)} cannot be a name in a dotenv file`);
    }
    const last = map.entries.at(-1);
    const at = last === undefined ? 0 : afterLine(parsed.text, last.span.end);
    const text = `${needsNewline(parsed.text, at) ? '\n' : ''}${key}=\n`;
    return [{ start: at, end: at, text }];
  },

  addItem() {
    throw new SopsError('bad-address', 'a dotenv file has no lists');
  },

  removeChild(parsed, parent, position) {
    const child = parent.kind === 'map' ? parent.entries[position] : undefined;
    if (child === undefined) return [];
    return [{ start: child.span.start, end: afterLine(parsed.text, child.span.end), text: '' }];
  },
};

function linesOf(text: string): Line[] {
  const bare = text.endsWith('\n') ? text.slice(0, -1) : text;
  const raw = bare.split('\n');
  const windows = raw.length > 0 && raw.every((line) => line.endsWith('\r'));
  let start = 0;
  return raw.map((line, index) => {
    const end = start + line.length - (windows ? 1 : 0);
    const result = { start, end, text: text.slice(start, end), number: index + 1 };
    start += line.length + 1;
    return result;
  });
}

function entryOf(line: Line): Entry {
  const equals = line.text.indexOf('=');
  if (equals < 0) throw new SopsError('unreadable', 'neither a comment nor KEY=value', line.number);
  const span = { start: line.start + equals + 1, end: line.end };
  const scalar = stringScalar(line.text.slice(equals + 1).replaceAll('\\n', '\n'));
  const value: ValueNode = { kind: 'value', scalar, span, line: line.number, place: { flow: false } };
  const key = line.text.slice(0, equals);
  return { kind: 'entry', key, value, span: { start: line.start, end: line.end }, line: line.number };
}

function sealOf(flat: ReadonlyMap<string, { span: Span }>): SealedSpans {
  const mac = flat.get('mac')?.span;
  const lastModified = flat.get('lastmodified')?.span;
  return { ...(mac ? { mac } : {}), ...(lastModified ? { lastModified } : {}) };
}

function encodeText(text: string): string {
  return text.replaceAll('\n', '\\n');
}

/** @throws SopsError (bad-value) for what would not be read back as it is */
function encodeValue(scalar: Scalar): string {
  if (scalar.type === 'comment') return encodeText(scalar.text);
  if (scalar.type === 'bool') return scalar.text.toLowerCase();
  return encodeText(scalar.text);
}

/** Can a plain-text dotenv file hold this value so that it is read back the same? */
export function holdsInDotenv(text: string): boolean {
  return !text.includes('\\n') && !text.endsWith('\r');
}

function afterLine(text: string, end: number): number {
  const newline = text.indexOf('\n', end);
  return newline < 0 ? text.length : newline + 1;
}

function needsNewline(text: string, at: number): boolean {
  return at > 0 && text[at - 1] !== '\n';
}

function appended(text: string, lines: string): Edit {
  const at = text.length;
  return { start: at, end: at, text: `${needsNewline(text, at) ? '\n' : ''}${lines}` };
}

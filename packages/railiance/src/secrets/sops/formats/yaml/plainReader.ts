import { stringScalar } from '../../scalar.ts';
import type { CommentNode, Entry, ListItem, MapNode, Span, ValueNode } from '../../tree.ts';
import { resolvePlain } from './resolve.ts';

/** What begins a value that is no plain text, or has a meaning of its own. */
const indicator = /^[#&*!|>'"%@`{}[\],?:-]/;
/** What old and new YAML read in different ways, or not at all. */
const oddCharacter = /[^\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff]/;
const keyForm = /^[A-Za-z_][\w.-]*$/;

/**
 * Reads the YAML that files of secrets mostly are, without a YAML library: one document, names at the root with texts on one
 * line, comments on lines of their own, and the `sops` entry as sops writes it.
 * @returns the same tree as the full reader, or undefined where there is anything else in the text
 */
export function readPlainly(text: string): MapNode[] | undefined {
  if (!text.endsWith('\n') || oddCharacter.test(text)) return undefined;
  const lines = new Lines(text);
  const entries: (Entry | CommentNode)[] = [];
  const names = new Set<string>();
  let start: number | undefined;
  for (; lines.line !== undefined; lines.next()) {
    const { line, at } = lines;
    if (line === '') continue;
    if (line.startsWith('#')) {
      entries.push({
        kind: 'comment',
        text: line.slice(1),
        span: { start: at + 1, end: at + line.length },
        line: lines.number,
      });
      continue;
    }
    start ??= at;
    const entry = line === 'sops:' ? metadataEntry(lines) : plainEntry(line, at, lines.number);
    if (entry === undefined || names.has(entry.key)) return undefined;
    names.add(entry.key);
    entries.push(entry);
    if (line === 'sops:') break;
  }
  // What follows the sops entry, and a text without names, is left to the full reader.
  if (lines.line !== undefined || start === undefined) return undefined;
  return [{ kind: 'map', entries, span: { start, end: text.length }, flow: false, indent: 0 }];
}

/** `NAME: value`; the value is text that needs no quotes, or `""`. */
function plainEntry(line: string, at: number, number: number): Entry | undefined {
  const colon = line.indexOf(':');
  const key = line.slice(0, colon);
  const source = line.slice(colon + 2);
  if (line[colon + 1] !== ' ' || !keyForm.test(key) || !isPlainText(source)) return undefined;
  if (resolvePlain(key).type !== 'str') return undefined;
  const span = { start: at, end: at + line.length };
  return { ...entryAt(key, at, number), value: valueAt(source, at + key.length + 2, number, 4), span };
}

function isPlainText(source: string): boolean {
  // Long integers are for the full reader to refuse, with their line.
  if (/^[+0-9]/.test(source) && source.length > 15) return false;
  if (source === '""') return true;
  if (source === '' || source.startsWith(' ') || indicator.test(source) || source.endsWith(':')) return false;
  return !source.includes(' ') || !/: | #| $/.test(source);
}

function entryAt(key: string, at: number, line: number): Omit<Entry, 'value'> {
  return { kind: 'entry', key, span: { start: at, end: at }, line };
}

function valueAt(source: string, start: number, line: number, blockIndent: number): ValueNode {
  const quoted = source.startsWith('"');
  const scalar = quoted ? stringScalar(source.slice(1, -1)) : resolvePlain(source);
  const span = { start, end: start + source.length };
  return { kind: 'value', scalar, span, line, place: { flow: false, blockIndent } };
}

/** The lines of a text, one after the other. */
class Lines {
  readonly #text: string;
  /** The one looked at, undefined behind the last. */
  line: string | undefined;
  at = 0;
  number = 1;
  #end = -1;

  constructor(text: string) {
    this.#text = text;
    this.#read(0);
  }

  next(): void {
    this.number += 1;
    this.#read(this.#end + 1);
  }

  #read(at: number): void {
    this.at = at;
    this.#end = this.#text.indexOf('\n', at);
    this.line = this.#end < 0 ? undefined : this.#text.slice(at, this.#end);
  }
}

const metadataForm = /^ {4}([a-z_]+):(?: ("[^"\\]*"|ENC\[AES256_GCM,[\w+/=:,]*\]|[A-Za-z_0-9][\w.]*))?$/;

function metadataEntry(lines: Lines): Entry | undefined {
  const [from, number] = [lines.at, lines.number];
  const entries: Entry[] = [];
  lines.next();
  while (lines.line !== undefined) {
    const match = metadataForm.exec(lines.line);
    const [, key = '', source] = match ?? [];
    if (match === null || entries.some((entry) => entry.key === key)) return undefined;
    const head = entryAt(key, lines.at + 4, lines.number);
    if (source === undefined) {
      if (key !== 'age') return undefined;
      lines.next();
      const value = recipients(lines);
      if (value === undefined) return undefined;
      entries.push({ ...head, value, span: { start: head.span.start, end: value.span.end } });
    } else {
      const value = valueAt(source, lines.at + 4 + key.length + 2, lines.number, 8);
      entries.push({ ...head, value, span: { start: head.span.start, end: value.span.end } });
      lines.next();
    }
  }
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const span = { start: first.span.start, end: last.span.end };
  const value: MapNode = { kind: 'map', entries, span, flow: false, indent: 4 };
  return { kind: 'entry', key: 'sops', value, span: { start: from, end: span.end }, line: number };
}

/** `- recipient:` and `enc: |` with its armored lines, as often as they come. */
function recipients(lines: Lines) {
  const items: ListItem[] = [];
  for (;;) {
    const match = /^ {8}- recipient: (age1[a-z0-9]+)$/.exec(lines.line ?? '');
    if (match === null) break;
    const start = lines.at + 8;
    const recipient = fieldAt('recipient', match[1] ?? '', lines);
    lines.next();
    if (lines.line !== '          enc: |') return undefined;
    const enc = armored(lines);
    if (enc === undefined) return undefined;
    const span = { start: start + 2, end: enc.span.end };
    const value: MapNode = { kind: 'map', entries: [recipient, enc], span, flow: false, indent: 10 };
    items.push({ kind: 'item', value, span: { start, end: span.end } });
  }
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const span: Span = { start: first.span.start, end: last.span.end };
  return { kind: 'list' as const, items, span, flow: false, indent: 8 };
}

function fieldAt(key: string, source: string, lines: Lines): Entry {
  const start = lines.at + 10;
  const value = valueAt(source, start + key.length + 2, lines.number, 14);
  return { ...entryAt(key, start, lines.number), value, span: { start, end: value.span.end } };
}

function armored(lines: Lines): Entry | undefined {
  const [start, number] = [lines.at + 10, lines.number];
  const body: string[] = [];
  lines.next();
  const from = lines.at;
  for (; lines.line?.startsWith('            ') && /^[A-Za-z0-9+/=-]/.test(lines.line.slice(12)); lines.next()) {
    body.push(lines.line.slice(12));
  }
  if (body.length === 0 || body.some((line) => line.endsWith(' '))) return undefined;
  const scalar = stringScalar(`${body.join('\n')}\n`);
  const span = { start: start + 5, end: start + 6 };
  const place = { flow: false, blockIndent: 14 };
  const value: ValueNode = { kind: 'value', scalar, span, body: { start: from, end: lines.at }, line: number, place };
  return { kind: 'entry', key: 'enc', value, span: { start, end: lines.at }, line: number };
}

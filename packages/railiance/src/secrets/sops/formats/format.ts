import type { Edit } from '../edits.ts';
import type { Scalar } from '../scalar.ts';
import type { ListNode, MapNode, Span, ValueNode } from '../tree.ts';

export type FormatName = 'yaml' | 'json' | 'dotenv';

/** A text read in one format. */
export interface Parsed {
  readonly text: string;
  /** The documents with their `sops` entries, where those stand among the others. */
  readonly roots: readonly MapNode[];
  /** Without them. One for JSON and dotenv; one for each `---` document in YAML. */
  readonly documents: readonly MapNode[];
  /** The first `sops` entry as plain data, undefined in a plain-text file. */
  readonly metadata?: unknown;
  /** The `sops` entry of each document, in the same order. */
  readonly sealed: readonly SealedSpans[];
}

/** Where the parts of one `sops` entry stand that change with every edit. */
export interface SealedSpans {
  readonly mac?: Span;
  readonly lastModified?: Span;
}

/** How one file format is read, and how each change is written into it. Writers return edits of `parsed.text`. */
export interface Format {
  readonly name: FormatName;
  /** @throws SopsError (unreadable) naming the line */
  parse(text: string): Promise<Parsed>;
  /** Puts an encrypted value (or an empty string) in the place of a value. */
  writeEncrypted(parsed: Parsed, node: ValueNode, encrypted: string): Edit[];
  /** Puts a plain value in the place of an encrypted one. A comment in a list turns into a comment line. */
  writePlain(parsed: Parsed, node: ValueNode, scalar: Scalar): Edit[];
  /** Replaces every `sops` entry, or adds it where there is none. */
  writeMetadata(parsed: Parsed, entries: Readonly<Record<string, unknown>>): Edit[];
  /** Replaces MAC and time alone. */
  writeSeal(parsed: Parsed, mac: string, lastModified: string): Edit[];
  removeMetadata(parsed: Parsed): Edit[];
  /** Adds an entry with an empty text at the end of a map, with maps around it for each further key. */
  addEntry(parsed: Parsed, map: MapNode, keys: readonly [string, ...string[]]): Edit[];
  /** Adds an empty text at the end of a list. */
  addItem(parsed: Parsed, list: ListNode): Edit[];
  removeChild(parsed: Parsed, parent: MapNode | ListNode, position: number): Edit[];
  /**
   * Puts the whole of a list or map that is only referred to (a YAML alias) in the place of the reference; `encrypted`
   * gives what stands for a value, undefined where it stays plain. Only YAML has references.
   */
  writeReferred?(parsed: Parsed, node: MapNode | ListNode, encrypted: (value: ValueNode) => string | undefined): Edit[];
}

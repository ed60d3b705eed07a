import type { Scalar } from './scalar.ts';
import { SopsError } from './sopsError.ts';

/** Half-open range of UTF-16 offsets in the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One value, with its place in the text. */
export interface ValueNode {
  readonly kind: 'value';
  /** As read: an encrypted value is still its `ENC[…]` text, of type `str`. */
  readonly scalar: Scalar;
  /** The token to be replaced by another. */
  readonly span: Span;
  /** The lines after the token that belong to it (the body of a YAML block scalar). */
  readonly body?: Span;
  /** 1-based. */
  readonly line: number;
  /** An alias stands here, and the value is that of its anchor. */
  readonly isAlias?: boolean;
  /** How the format may write here; only that format reads it. */
  readonly place: Place;
}

export interface Place {
  /** Inside `[…]` or `{…}`: one line, and `,` and brackets must be quoted. */
  readonly flow: boolean;
  /** Columns that a block scalar's body must be indented by; undefined where there is no room for one. */
  readonly blockIndent?: number;
  /** What must stand between the span and a value put there, where there is none yet. */
  readonly prefix?: string;
  /** The dash of the list item that this is, for items that turn into comments. */
  readonly dash?: number;
}

export interface CommentNode {
  readonly kind: 'comment';
  /** Without the `#`. */
  readonly text: string;
  /** Of the text, without the `#`. */
  readonly span: Span;
  readonly line: number;
}

export interface Entry {
  readonly kind: 'entry';
  readonly key: string;
  readonly value: TreeNode;
  /** From the key to the end of the value. */
  readonly span: Span;
  readonly line: number;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly (Entry | CommentNode)[];
  readonly span: Span;
  readonly flow: boolean;
  /** Column of the keys. */
  readonly indent: number;
  /** Where another place in the text is only referred to: the span of the reference. */
  readonly alias?: Span;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly (ListItem | CommentNode)[];
  readonly span: Span;
  readonly flow: boolean;
  readonly indent: number;
  readonly alias?: Span;
}

export interface ListItem {
  readonly kind: 'item';
  readonly value: TreeNode;
  /** From the dash (or the value, in `[…]`) to the end of the value. */
  readonly span: Span;
}

export type TreeNode = ValueNode | MapNode | ListNode;

/** Map keys and list positions from the root. */
export type Address = readonly (string | number)[];

/** A value or a comment on the walk through a document. */
export interface Leaf {
  readonly node: ValueNode | CommentNode;
  /** Map keys from the root. List positions are no part of it: this is what ciphertexts are bound to. */
  readonly path: readonly string[];
  readonly address: Address;
  /** Comments above this leaf at each level, as rules by comment see them. */
  readonly comments: readonly (readonly string[])[];
  /** A comment among the items of a list. */
  readonly inList?: boolean;
  /** The list or map that an alias stands for, where this leaf is inside of one: its text is elsewhere. */
  readonly referred?: MapNode | ListNode;
}

/** Visits every value and comment in the order of the file, which is the order of the MAC. */
export function walk(root: TreeNode, visit: (leaf: Leaf) => void): void {
  walkNode(root, { path: [], address: [], comments: [] }, visit);
}

function walkNode(node: TreeNode, at: Omit<Leaf, 'node'>, visit: (leaf: Leaf) => void): void {
  if (node.kind === 'value') {
    visit({ node, ...at });
    return;
  }
  const referred = at.referred ?? (node.alias === undefined ? undefined : node);
  const here = referred === undefined ? at : { ...at, referred };
  let active: string[] = [];
  let position = 0;
  for (const child of node.kind === 'map' ? node.entries : node.items) {
    if (child.kind === 'comment') {
      active = [...active, child.text];
      visit({ node: child, ...here, comments: [...at.comments, active], inList: node.kind === 'list' });
      continue;
    }
    const path = child.kind === 'entry' ? [...at.path, child.key] : at.path;
    const address = [...at.address, child.kind === 'entry' ? child.key : position];
    walkNode(child.value, { ...here, path, address, comments: [...at.comments, active] }, visit);
    position += 1;
    active = [];
  }
}

/** Lists and maps that an alias stands for, each outermost one. */
export function referencesIn(node: TreeNode): (MapNode | ListNode)[] {
  if (node.kind === 'value') return [];
  if (node.alias !== undefined) return [node];
  const children = node.kind === 'map' ? node.entries : node.items;
  return children.flatMap((child) => (child.kind === 'comment' ? [] : referencesIn(child.value)));
}

/** `["db"]["hosts"][0]`, or the bare name of a key at the root: how sops and railiance write addresses. */
export function addressLabel(address: Address): string {
  const [only, ...rest] = address;
  if (typeof only === 'string' && rest.length === 0) return only;
  return address.map((step) => `[${JSON.stringify(step)}]`).join('');
}

/**
 * The address that a person wrote: `["db"]["hosts"][0]` as in sops, or the bare name of a key at the root.
 * @throws SopsError (bad-address)
 */
export function parseAddress(text: string): Address {
  if (!text.startsWith('[')) return [text];
  try {
    // One JSON list of steps, once the brackets between them have become commas.
    const steps: unknown = JSON.parse(text.replaceAll(/\](\s*)\[(?=\s*(?:"|\d))/g, ','));
    if (Array.isArray(steps) && steps.length > 0 && steps.every(isStep)) return steps;
  } catch {
    // Told below.
  }
  throw new SopsError('bad-address', 'an address is a name, or steps in brackets such as ["db"]["hosts"][0]');
}

function isStep(step: unknown): step is string | number {
  return typeof step === 'string' || (Number.isSafeInteger(step) && (step as number) >= 0);
}

/** What a value is bound to by its ciphertext: `db:hosts:`. */
export function additionalData(path: readonly string[]): string {
  return `${path.join(':')}:`;
}

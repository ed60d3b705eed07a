import { CST } from 'yaml';

import { lineCounter } from '../../edits.ts';
import { SopsError } from '../../sopsError.ts';
import type { CommentNode, Entry, ListItem, ListNode, MapNode, Place, Span, TreeNode } from '../../tree.ts';
import { column } from './lines.ts';
import { emptyNode, keyText, type Source, scalarNode } from './scalars.ts';
import {
  commentNodes,
  type DocumentTokens,
  documentsOf,
  firstMeaning,
  isNothing,
  type Properties,
  propertiesIn,
} from './tokens.ts';

type Collection = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;
type Item = Collection['items'][number];

const maxDepth = 200;
/** Nodes that aliases may add: enough for any real file, and far from what an alias bomb makes. */
const maxReferred = 10_000;

/** Where a node stands, handed down. */
interface Context {
  readonly place: Place;
  readonly depth: number;
  /** Column of the map that holds it: a list may stand at the same column. */
  readonly parentIndent: number;
  /** Receives the comments that follow the node, which belong to whatever is around it. */
  readonly after: CommentNode[];
}

/**
 * Any YAML: the root of each document.
 * @throws SopsError (unreadable)
 */
export function readDocuments(text: string): MapNode[] {
  const line = lineCounter(text);
  return documentsOf(text, line).map((tokens) => new DocumentReader({ text, line }).read(tokens));
}

/** Builds the neutral tree of one document from its tokens. */
class DocumentReader {
  readonly #source: Source;
  /** Without a token: the anchor of an empty value. */
  readonly #anchors = new Map<string, { token?: CST.Token; properties: Properties }>();
  #referred = 0;
  /** The alias that is being followed: everything below stands where the alias stands. */
  #reference: Span | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /** @throws SopsError (unreadable) */
  read({ document, before, start, end }: DocumentTokens): MapNode {
    const span = { start, end };
    const head = this.#comments([...before, ...document.start]);
    const tail = this.#comments(document.end);
    const { value } = document;
    if (value === undefined || (value.type === 'scalar' && /^(|~|null|Null|NULL)$/.test(value.source))) {
      return { kind: 'map', entries: [...head, ...tail], span, flow: false, indent: 0 };
    }
    const after: CommentNode[] = [];
    const context = { place: { flow: false }, depth: 0, parentIndent: -1, after };
    const node = this.#node(value, propertiesIn(document.start), context);
    if (node.kind !== 'map') this.#fail('only a map can be the root of a sops file', value.offset);
    const entries = [...head, ...node.entries, ...after, ...tail];
    // A flow map's braces are its span; a block map's room is the whole document.
    return { ...node, entries, span: node.flow ? node.span : span };
  }

  #fail(problem: string, offset: number): never {
    throw new SopsError('unreadable', problem, this.#source.line(offset));
  }

  #node(token: CST.Token, properties: Properties, context: Context): TreeNode {
    if (context.depth > maxDepth) this.#fail(`nested more than ${maxDepth} levels deep`, token.offset);
    if (this.#reference !== undefined && ++this.#referred > maxReferred) {
      this.#fail(`aliases stand for more than ${maxReferred} values`, this.#reference.start);
    }
    if (properties.anchor !== undefined && this.#reference === undefined) {
      this.#anchors.set(properties.anchor, { token, properties });
    }
    switch (token.type) {
      case 'alias':
        return this.#withComments(this.#alias(token, context), token, context);
      case 'block-map':
        return this.#map(token, context);
      case 'block-seq':
        return this.#list(token, context);
      case 'flow-collection':
        return token.start.source === '{' ? this.#map(token, context) : this.#list(token, context);
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
      case 'block-scalar':
        context.after.push(...this.#comments(token.type === 'block-scalar' ? token.props : token.end));
        return scalarNode(this.#source, token, properties, context.place);
      default:
        return this.#fail('not a value', token.offset);
    }
  }

  /** What an alias stands for is written out in brackets, and a comment beside brackets belongs to what is in them. */
  #withComments(node: TreeNode, token: CST.FlowScalar, context: Context): TreeNode {
    const comments = this.#comments(token.end);
    const beside = node.kind === 'value' ? [] : comments.filter(({ line }) => line === this.#source.line(token.offset));
    context.after.push(...comments.filter((comment) => !beside.includes(comment)));
    return withHead(node, beside);
  }

  #alias(token: CST.FlowScalar, context: Context): TreeNode {
    const name = token.source.slice(1);
    const target = this.#anchors.get(name);
    if (target === undefined) this.#fail(`the alias *${name} refers to nothing above it`, token.offset);
    const outer = this.#reference;
    const span = outer ?? { start: token.offset, end: token.offset + token.source.length };
    if (target.token === undefined)
      return { ...emptyNode(this.#source, token.offset, {}, context.place), span, isAlias: true };
    if (
      token.offset >= target.token.offset &&
      token.offset < target.token.offset + CST.stringify(target.token).length
    ) {
      this.#fail(`the alias *${name} refers to what it stands in`, token.offset);
    }
    this.#reference = span;
    const node = this.#node(target.token, target.properties, { ...context, after: [] });
    this.#reference = outer;
    if (node.kind !== 'value') return { ...node, alias: span };
    const line = this.#source.line(span.start);
    return { kind: 'value', scalar: node.scalar, span, line, isAlias: true, place: context.place };
  }

  #map(token: Collection, context: Context): MapNode {
    const flow = token.type === 'flow-collection';
    const entries: (Entry | CommentNode)[] = [];
    for (const item of token.items) {
      if (isNothing(item)) this.#below(this.#comments(item.start), token, context, entries);
      else if (item.key !== undefined || item.sep !== undefined) this.#entry(item, token, context, entries);
    }
    this.#afterFlow(token, context, entries);
    const indent = column(this.#source.text, token.offset);
    return { kind: 'map', entries, span: this.#spanOf(token, entries), flow, indent };
  }

  #entry(item: Item, parent: Collection, context: Context, entries: (Entry | CommentNode)[]): void {
    const from = firstMeaning(item) ?? parent.offset;
    const key = keyText(this.#source, item.key, propertiesIn(item.start).tag, from);
    const { own, nested } = this.#separatorComments(item);
    const after: CommentNode[] = [];
    const value = this.#child(item, parent, context, after);
    const span = { start: from, end: endOfNode(value) };
    const endLine = this.#source.line(Math.max(from, span.end - 1));
    const inside = value.kind === 'value' || value.alias !== undefined ? [] : nested;
    entries.push(...this.#comments(item.start), ...own, ...(item.value && inside !== nested ? nested : []));
    entries.push(...after.filter(({ line }) => line <= endLine));
    entries.push({ kind: 'entry', key, value: withHead(value, inside), span, line: this.#source.line(from) });
    this.#below(
      after.filter(({ line }) => line > endLine),
      parent,
      context,
      entries,
    );
    if (!item.value) this.#below(nested, parent, context, entries);
  }

  #list(token: Collection, context: Context): ListNode {
    const flow = token.type === 'flow-collection';
    const items: (ListItem | CommentNode)[] = [];
    for (const item of token.items) {
      if (isNothing(item)) this.#below(this.#comments(item.start), token, context, items);
      else if (!flow || item.value || item.key || item.sep) this.#item(item, token, context, items);
    }
    this.#afterFlow(token, context, items);
    const indent = column(this.#source.text, token.offset);
    return { kind: 'list', items, span: this.#spanOf(token, items), flow, indent };
  }

  #item(item: Item, parent: Collection, context: Context, items: (ListItem | CommentNode)[]): void {
    const start = firstMeaning(item) ?? parent.offset;
    const after: CommentNode[] = [];
    const value =
      item.key === undefined ? this.#child(item, parent, context, after) : this.#pair(item, parent, context);
    const end = endOfNode(value);
    const endLine = this.#source.line(Math.max(start, end - 1));
    const lead = this.#comments(item.start);
    const isEmpty = !item.value && !item.key;
    items.push(
      ...lead.filter(({ line }) => !isEmpty || line <= endLine),
      ...after.filter(({ line }) => line <= endLine),
    );
    items.push({ kind: 'item', value, span: { start, end } });
    this.#below(
      after.filter(({ line }) => line > endLine),
      parent,
      context,
      items,
    );
    if (isEmpty)
      this.#below(
        lead.filter(({ line }) => line > endLine),
        parent,
        context,
        items,
      );
  }

  /** `[a: b]`: a map of one entry without braces. */
  #pair(item: Item, parent: Collection, context: Context): MapNode {
    const entries: (Entry | CommentNode)[] = [];
    this.#entry({ ...item, start: [] }, parent, context, entries);
    const start = firstMeaning(item) ?? parent.offset;
    const span = entries.find((child) => child.kind === 'entry')?.span ?? { start, end: start };
    return { kind: 'map', entries, span, flow: true, indent: 0 };
  }

  #child(item: Item, parent: Collection, { depth }: Context, after: CommentNode[]): TreeNode {
    const { text } = this.#source;
    const lead = item.sep ?? item.start;
    const sign = lead.findLast(({ type }) => type === 'map-value-ind' || type === 'seq-item-ind');
    const behind = sign === undefined ? (item.sep === undefined ? lead : []) : lead.slice(lead.indexOf(sign) + 1);
    const properties = propertiesIn(behind);
    const flow = parent.type === 'flow-collection';
    const indent = column(text, parent.offset);
    const sameLine = !behind.some(({ type }) => type === 'newline');
    const dash = parent.type === 'block-seq' && sign !== undefined ? { dash: sign.offset } : {};
    const place = { flow, ...(flow || !sameLine ? {} : { blockIndent: indent + 4 }), ...dash };
    if (item.value) {
      return this.#node(item.value, properties, { place, depth: depth + 1, parentIndent: indent, after });
    }
    if (properties.anchor !== undefined) this.#anchors.set(properties.anchor, { properties });
    const keyEnd = item.key ? item.key.offset + CST.stringify(item.key).trimEnd().length : parent.offset;
    const prefix = sign === undefined ? ': ' : properties.start === undefined ? ' ' : '';
    return emptyNode(this.#source, sign === undefined ? keyEnd : sign.offset + 1, properties, { ...place, prefix });
  }

  #comments(tokens: readonly CST.Token[] | undefined): CommentNode[] {
    return this.#reference === undefined ? commentNodes(tokens, this.#source.line) : [];
  }

  /** Comments between `key:` and its value: the key's own, or the value's below it and behind its anchor or tag. */
  #separatorComments(item: Item): { own: CommentNode[]; nested: CommentNode[] } {
    const lead = item.sep ?? [];
    const turn = lead.findIndex(({ type }) => type === 'newline' || type === 'anchor' || type === 'tag');
    if (turn < 0) return { own: this.#comments(lead), nested: [] };
    return { own: this.#comments(lead.slice(0, turn)), nested: this.#comments(lead.slice(turn)) };
  }

  /** Comments below the last item: those that stand further left belong to a collection around this one. */
  #below(
    comments: readonly CommentNode[],
    token: Collection,
    context: Context,
    into: (Entry | ListItem | CommentNode)[],
  ): void {
    const least = token.type === 'block-seq' ? Math.max(token.indent, context.parentIndent + 1) : token.indent;
    for (const comment of comments) {
      const inside = token.type === 'flow-collection' || column(this.#source.text, comment.span.start - 1) >= least;
      // Once one has left, those below it have left as well.
      if (inside && context.after.length === 0) into.push(comment);
      else context.after.push(comment);
    }
  }

  /** A comment beside `[…]` or `{…}` is to sops the collection's own; those on lines below are not. */
  #afterFlow(token: Collection, context: Context, into: (Entry | ListItem | CommentNode)[]): void {
    if (token.type !== 'flow-collection') return;
    const newline = token.end.findIndex(({ type }) => type === 'newline');
    into.push(...this.#comments(newline < 0 ? token.end : token.end.slice(0, newline)));
    if (newline >= 0) context.after.push(...this.#comments(token.end.slice(newline)));
  }

  #spanOf(token: Collection, children: readonly { readonly kind: string; readonly span: Span }[]): Span {
    if (token.type === 'flow-collection') {
      const close = token.end.find(({ source }) => source === '}' || source === ']');
      return { start: token.offset, end: (close?.offset ?? token.offset) + 1 };
    }
    const last = children.filter(({ kind }) => kind !== 'comment').at(-1);
    return { start: token.offset, end: last?.span.end ?? token.offset };
  }
}

function endOfNode(node: TreeNode): number {
  return node.kind === 'value' ? (node.body ?? node.span).end : (node.alias ?? node.span).end;
}

function withHead(value: TreeNode, comments: readonly CommentNode[]): TreeNode {
  if (value.kind === 'map') return { ...value, entries: [...comments, ...value.entries] };
  if (value.kind === 'list') return { ...value, items: [...comments, ...value.items] };
  return value;
}

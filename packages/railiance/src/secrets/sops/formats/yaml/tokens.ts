import { Composer, type CST, Parser } from 'yaml';

import { SopsError } from '../../sopsError.ts';
import type { CommentNode } from '../../tree.ts';
import { afterLine } from './lines.ts';

export interface DocumentTokens {
  readonly document: CST.Document;
  /** Offset where the document's text begins, after `---`. */
  readonly start: number;
  /** Offset where the next document, its `...` or the end of the text begins. */
  readonly end: number;
  /** Comments that stand in front of the document's own tokens. */
  readonly before: readonly CST.Token[];
}

/**
 * The concrete syntax tree of each document, which keeps the place of every character.
 * @throws SopsError (unreadable) for whatever the YAML composer does not accept
 */
export function documentsOf(text: string, line: (offset: number) => number): DocumentTokens[] {
  const tokens = [...new Parser().parse(text)];
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: true, logLevel: 'silent' });
  for (const document of composer.compose(tokens, true, text.length)) {
    const [error] = document.errors;
    if (error !== undefined) throw new SopsError('unreadable', firstLine(error.message), line(error.pos[0]));
  }
  const documents: DocumentTokens[] = [];
  let before: CST.Token[] = [];
  tokens.forEach((token, index) => {
    if (token.type === 'document') {
      documents.push({ document: token, before, ...spanOf(text, token, tokens.slice(index + 1)) });
      before = [];
    } else {
      before.push(token, ...(token.type === 'doc-end' ? (token.end ?? []) : []));
    }
  });
  const last = documents.at(-1);
  if (last === undefined) throw new SopsError('unreadable', 'the file is empty: it must hold at least one document');
  return [...documents.slice(0, -1), { ...last, before: [...last.before, ...before] }];
}

function spanOf(text: string, document: CST.Document, following: readonly CST.Token[]): { start: number; end: number } {
  const next = following.find(({ type }) => type === 'document' || type === 'doc-end');
  const marker = document.start.find(({ type }) => type === 'doc-start');
  const start = marker === undefined ? document.offset : afterLine(text, marker.offset + marker.source.length);
  const end = next === undefined ? text.length : next.offset;
  return { start: Math.min(start, end), end };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

/** The comments among the tokens. */
export function commentNodes(
  tokens: readonly CST.Token[] | undefined,
  line: (offset: number) => number,
): CommentNode[] {
  const found: CommentNode[] = [];
  for (const token of tokens ?? []) {
    if (token.type !== 'comment') continue;
    const source = token.source.replace(/\r$/, '');
    const span = { start: token.offset + 1, end: token.offset + source.length };
    found.push({ kind: 'comment', text: source.slice(1), span, line: line(token.offset) });
  }
  return found;
}

/** Tag and anchor in front of a node. */
export interface Properties {
  readonly tag?: string;
  readonly anchor?: string;
  /** Offsets of the first one, and behind the last. */
  readonly start?: number;
  readonly end?: number;
}

export function propertiesIn(tokens: readonly CST.SourceToken[]): Properties {
  const found = tokens.filter(({ type }) => type === 'tag' || type === 'anchor');
  const first = found[0];
  const last = found.at(-1);
  if (first === undefined || last === undefined) return {};
  const tag = found.find(({ type }) => type === 'tag')?.source;
  const anchor = found.find(({ type }) => type === 'anchor')?.source.slice(1);
  const span = { start: first.offset, end: last.offset + last.source.length };
  return { ...(tag ? { tag } : {}), ...(anchor ? { anchor } : {}), ...span };
}

type Item = (CST.BlockMap | CST.BlockSequence | CST.FlowCollection)['items'][number];

/** Only comments and blank lines, as stand below the last item. */
export function isNothing(item: Item): boolean {
  const empty = item.key === undefined && item.sep === undefined && item.value === undefined;
  return empty && !item.start.some(({ type }) => type === 'seq-item-ind' || type === 'comma');
}

/** Offset of the first token that is more than layout. */
export function firstMeaning(item: Item): number | undefined {
  const lead = item.start.find(({ type }) => !['space', 'newline', 'comment', 'comma'].includes(type));
  return lead?.offset ?? item.key?.offset ?? item.sep?.[0]?.offset ?? item.value?.offset;
}

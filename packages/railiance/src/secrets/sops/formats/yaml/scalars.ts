import { CST } from 'yaml';

import { nullScalar, type Scalar, stringScalar } from '../../scalar.ts';
import { SopsError } from '../../sopsError.ts';
import type { Place, ValueNode } from '../../tree.ts';
import { resolvePlain, resolveTagged } from './resolve.ts';
import type { Properties } from './tokens.ts';

type ScalarToken = CST.FlowScalar | CST.BlockScalar;

/** Where a text stands, for values and for messages. */
export interface Source {
  readonly text: string;
  readonly line: (offset: number) => number;
}

/** @throws SopsError (unreadable) */
export function scalarNode(source: Source, token: ScalarToken, properties: Properties, place: Place): ValueNode {
  const text = scalarText(source, token);
  const line = source.line(token.offset);
  const scalar = scalarValue(properties.tag, text, token.type === 'scalar', line);
  const start = properties.start ?? token.offset;
  if (token.type !== 'block-scalar') {
    const end = token.offset + token.source.length;
    return { kind: 'value', scalar, span: { start, end }, line, place: withRoom(source.text, place, end) };
  }
  const header = token.props.find(({ type }) => type === 'block-scalar-header') as CST.SourceToken;
  const last = token.props.at(-1) as CST.SourceToken;
  const bodyStart = last.offset + last.source.length;
  // Blank lines below the body are layout, and stay.
  const body = {
    start: bodyStart,
    end: bodyStart + token.source.replace(/(?<=\n|^)(?:[ \t]*(?:\r?\n|$))+$/, '').length,
  };
  const end = header.offset + header.source.length;
  return { kind: 'value', scalar, span: { start, end }, body, line, place: withRoom(source.text, place, end) };
}

/** An entry or item with nothing behind its sign; `at` is where a value would go. */
export function emptyNode(source: Source, at: number, properties: Properties, place: Place): ValueNode {
  const scalar = properties.tag === '!!str' ? stringScalar('') : nullScalar;
  const span = { start: properties.start ?? at, end: properties.end ?? at };
  return { kind: 'value', scalar, span, line: source.line(at), place: withRoom(source.text, place, span.end) };
}

/** @throws SopsError (unreadable) */
export function keyText(
  source: Source,
  key: CST.Token | null | undefined,
  tag: string | undefined,
  offset: number,
): string {
  const line = source.line(offset);
  if (!key || (key.type !== 'scalar' && key.type !== 'single-quoted-scalar' && key.type !== 'double-quoted-scalar')) {
    throw new SopsError('unreadable', 'only text can be a key in a sops file', line);
  }
  const text = scalarText(source, key);
  const scalar = scalarValue(tag === '!!merge' ? '!!str' : tag, text, key.type === 'scalar', line);
  if (scalar.type === 'str') return scalar.text;
  throw new SopsError('unreadable', `the key ${text.slice(0, 40)} is no text to sops: put it in quotes`, line);
}

function scalarText(source: Source, token: ScalarToken): string {
  const fail = (offset: number, _code: string, message: string): never => {
    throw new SopsError('unreadable', message, source.line(offset));
  };
  return CST.resolveAsScalar(token, true, fail)?.value ?? '';
}

function scalarValue(tag: string | undefined, text: string, plain: boolean, line: number): Scalar {
  try {
    if (tag !== undefined) return resolveTagged(tag, text);
    return plain ? resolvePlain(text) : stringScalar(text);
  } catch (error) {
    if (error instanceof SopsError) throw new SopsError(error.code, error.message, line);
    throw error;
  }
}

/** A block scalar fits only where nothing else follows on the line. */
function withRoom(text: string, place: Place, end: number): Place {
  if (place.blockIndent === undefined) return place;
  const newline = text.indexOf('\n', end);
  if (text.slice(end, newline < 0 ? text.length : newline).trim() === '') return place;
  const { blockIndent: _taken, ...rest } = place;
  return rest;
}

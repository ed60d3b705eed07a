import { encodingsOf, type SecretForm } from './secretForms.ts';

export interface Redactor {
  (text: string): string;
  /** Characters of the longest form looked for: how much of a cut text's end may hide the start of a secret. */
  readonly longest: number;
}

/** Shorter values (`yes`, `8000`) would blank out innocent text, and are no secrets. */
const shortestSecret = 6;
/** Every form is found by the hash of this many characters; no form is shorter. */
const keyLength = 6;
/** A power of two; sparse enough for some ten thousand keys. */
const filterSize = 1 << 18;
const shown = '[secret]';

interface Place {
  readonly form: SecretForm;
  readonly offset: number;
}

export const redactNothing: Redactor = Object.assign((text: string) => text, { longest: 0 });

/**
 * Takes secret values out of text: as they are, and as base64 (at any alignment), base64url, URL-encoded and JSON-escaped.
 * Of long tokens and of base64 also pieces of 16 characters are taken out, since wrapping and chunks split them.
 * One pass whatever the number of values.
 */
export function createRedactor(values: Iterable<string>): Redactor {
  const index = new Map<string, Place[]>();
  const filter = new Uint8Array(filterSize);
  let longest = 0;
  for (const form of formsOf(values)) {
    longest = Math.max(longest, form.text.length);
    const lastOffset = form.shortestPiece === undefined ? 0 : form.text.length - form.shortestPiece;
    for (let offset = 0; offset <= lastOffset; offset++) {
      const key = form.text.slice(offset, offset + keyLength);
      filter[hashAt(key, 0)] = 1;
      const places = index.get(key);
      if (places) places.push({ form, offset });
      else index.set(key, [{ form, offset }]);
    }
  }
  if (longest === 0) return redactNothing;
  return Object.assign((text: string) => redact(text, index, filter), { longest });
}

function redact(text: string, index: ReadonlyMap<string, Place[]>, filter: Uint8Array): string {
  let result = '';
  let copied = 0;
  const last = text.length - keyLength;
  for (let at = 0; at <= last; at++) {
    if (filter[hashAt(text, at)] === 0) continue;
    const places = index.get(text.slice(at, at + keyLength));
    const length = places ? longestMatch(text, at, places) : 0;
    if (length === 0) continue;
    result += text.slice(copied, at) + shown;
    copied = at + length;
    at = copied - 1;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

function longestMatch(text: string, at: number, places: readonly Place[]): number {
  let best = 0;
  for (const { form, offset } of places) {
    const most = form.text.length - offset;
    let length = keyLength;
    while (length < most && text.charCodeAt(at + length) === form.text.charCodeAt(offset + length)) length++;
    const needed = form.shortestPiece ?? most;
    if (length >= needed && length > best) best = length;
  }
  return best;
}

function hashAt(text: string, at: number): number {
  let hash = 0;
  for (let i = 0; i < keyLength; i++) hash = Math.imul(hash, 31) + text.charCodeAt(at + i);
  return (hash ^ (hash >>> 13)) & (filterSize - 1);
}

function* formsOf(values: Iterable<string>): Generator<SecretForm> {
  const seen = new Set<string>();
  for (const value of values) {
    if (value.length < shortestSecret) continue;
    for (const form of encodingsOf(value)) {
      if (form.text.length < keyLength || seen.has(form.text)) continue;
      seen.add(form.text);
      yield form;
    }
  }
}

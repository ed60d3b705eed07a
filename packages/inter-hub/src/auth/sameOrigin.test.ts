import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameOrigin } from './sameOrigin.ts';

const baseUrl = new URL('https://hub.example.org');
const cases: readonly [string, Record<string, string>, boolean][] = [
  ['the hub’s own page', { origin: 'https://hub.example.org', host: 'hub.example.org' }, true],
  ['the hub by another name', { origin: 'http://127.0.0.1:8000', host: '127.0.0.1:8000' }, true],
  ['another site', { origin: 'https://evil.example', host: 'hub.example.org' }, false],
  ['the hub’s name without TLS', { origin: 'http://hub.example.org', host: 'hub.example.org' }, false],
  ['a sibling host', { origin: 'https://x.hub.example.org', host: 'hub.example.org' }, false],
  ['the same host on another port', { origin: 'https://hub.example.org:444', host: 'hub.example.org' }, false],
  ['a sandboxed page', { origin: 'null', host: 'hub.example.org' }, false],
  ['nobody says', { host: 'hub.example.org' }, false],
];
for (const [name, headers, expected] of cases) {
  test(`${name}: ${expected ? 'taken' : 'refused'}`, () =>
    assert.equal(isSameOrigin(new Headers(headers), baseUrl), expected));
}

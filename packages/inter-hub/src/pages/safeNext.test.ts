import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeNext } from './safeNext.ts';

const cases: readonly [string | undefined, string][] = [
  [undefined, '/deployments'],
  ['', '/deployments'],
  ['/triage?hub=a', '/triage?hub=a'],
  ['https://evil.example', '/deployments'],
  ['//evil.example', '/deployments'],
  ['/\\evil.example', '/deployments'],
  ['/\t/evil.example', '/deployments'],
  ['javascript:alert(1)', '/deployments'],
  ['/a/../b', '/b'],
];
for (const [next, expected] of cases) {
  test(`${JSON.stringify(next)} leads to ${expected}`, () => assert.equal(safeNext(next), expected));
}

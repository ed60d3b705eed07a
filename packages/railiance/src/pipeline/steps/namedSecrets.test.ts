import assert from 'node:assert/strict';
import { test } from 'node:test';

import { namedSecrets } from './namedSecrets.ts';

for (const [names, line] of [
  [[], 'none needed'],
  [['DATABASE_URL', 'SESSION'], 'DATABASE_URL, SESSION'],
  [['A', 'B', 'C', 'D', 'E'], '5 values'],
] as const) {
  test(`${names.length} secrets are told as ${line}`, () => assert.equal(namedSecrets(names), line));
}

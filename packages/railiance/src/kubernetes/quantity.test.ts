import assert from 'node:assert/strict';
import { test } from 'node:test';

import { quantity } from './quantity.ts';

const cases: readonly (readonly [text: string, value: number])[] = [
  ['0', 0],
  ['3', 3],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['2k', 2000],
  ['1Gi', 2 ** 30],
  ['128Mi', 128 * 2 ** 20],
  ['12e6', 12e6],
  ['1G', 1e9],
  ['half', Number.NaN],
  ['1Xi', Number.NaN],
  ['', Number.NaN],
];

for (const [text, value] of cases)
  test(`the quantity ${JSON.stringify(text)} is ${value}`, () => assert.equal(quantity(text), value));

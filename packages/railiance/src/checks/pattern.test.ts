import assert from 'node:assert/strict';
import { test } from 'node:test';

import { matchText } from './pattern.ts';

for (const [expected, text, match] of [
  ['Probe', '<h1>Probe</h1>', 'found'],
  ['Probe', '<h1>probe</h1>', 'missing'],
  ['a.c', 'abc', 'missing'],
  ['/a.c/', 'abc', 'found'],
  ['/^a.c$/', 'xabc', 'missing'],
  ['/(?i:PROBE)/', 'a probe', 'found'],
  ['/', 'a/b', 'found'],
  ['//', 'http://x', 'found'],
  ['', 'anything', 'found'],
] as const) {
  test(`${JSON.stringify(expected)} in ${JSON.stringify(text)} is ${match}`, () => {
    assert.equal(matchText(expected, text), match);
  });
}

test('a pattern that would run for ever is stopped and undecided', () => {
  const started = performance.now();
  const match = matchText('/(a+)+$/', `${'a'.repeat(100_000)}b`);
  assert.match(typeof match === 'object' ? match.undecided : match, /longer than 250 ms on 100001 characters/);
  assert.ok(performance.now() - started < 5_000);
});

test('a pattern that is none is undecided', () => {
  const match = matchText('/(/', 'text');
  assert.match(typeof match === 'object' ? match.undecided : match, /Invalid regular expression/);
});

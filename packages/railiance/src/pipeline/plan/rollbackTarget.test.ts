import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Release } from '../../domain/release.ts';
import { sampleRelease } from '../../testing/sampleRelease.ts';
import { rollbackTarget } from './rollbackTarget.ts';

/** `A` deploys version A; `A=1` is a rollback to release 1, whose version is A. Oldest first. */
function history(words: string): readonly Release[] {
  const releases = words.split(' ').map((word, at): Release => {
    const [tag = '', restores] = word.split('=');
    const rollback = restores === undefined ? {} : ({ kind: 'rollback', restores: Number(restores) } as const);
    return { ...sampleRelease(tag, rollback), number: at + 1 };
  });
  return releases.reverse();
}

describe('the release that a rollback brings back', () => {
  const cases = [
    { name: 'nothing was released', words: '', back: undefined },
    { name: 'there is only one', words: 'A', back: undefined },
    { name: 'the last but one', words: 'A B C', back: 2 },
    { name: 'further back the second time', words: 'A B C B=2', back: 1 },
    { name: 'nothing after the third', words: 'A B C B=2 A=1', back: undefined },
    { name: 'what served before a deploy on top of a rollback', words: 'A B C B=2 D', back: 2 },
    { name: 'and then before that', words: 'A B C B=2 D B=2', back: 1 },
    { name: 'not the version that was left behind', words: 'A B A=1 C', back: 1 },
    { name: 'not what serves already, deployed again', words: 'A B B', back: 1 },
    { name: 'the origin of a rollback of a rollback', words: 'A B A=1 C A=3 D', back: 1 },
    { name: 'nothing where a record leads nowhere', words: 'A=7', back: undefined },
    { name: 'no loop where a record leads to itself', words: 'A B=2 C=3', back: 2 },
  ];
  for (const { name, words, back } of cases) {
    test(`${name}: ${words || '(none)'} → ${back ?? 'none'}`, () => {
      assert.equal(rollbackTarget(words === '' ? [] : history(words))?.number, back);
    });
  }

  test('may differ in its configuration or its secrets alone', () => {
    const [newer, older] = [
      { ...sampleRelease('A', { secrets: { version: 'b'.repeat(64), names: [] } }), number: 2 },
      { ...sampleRelease('A'), number: 1 },
    ];
    assert.equal(rollbackTarget([newer, older])?.number, 1);
  });
});

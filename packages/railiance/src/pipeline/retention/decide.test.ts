import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import type { Release } from '../../domain/release.ts';
import { sampleRelease } from '../../testing/sampleRelease.ts';
import { rollbackTarget } from '../plan/rollbackTarget.ts';
import { decideRetention, type StageHistory, type Version } from './decide.ts';

/** `A B C B=2`: deploys of A, B, C, then a rollback to release 2. `B!` has revoked secrets. Oldest first. */
function history(stage: string, words: string): StageHistory {
  const releases = words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, at): Release => {
      const [, tag = '', revoked, restores] = /^(\w+)(!?)(?:=(\d+))?$/.exec(word) ?? [];
      const rollback = restores === undefined ? {} : ({ kind: 'rollback', restores: Number(restores) } as const);
      const secrets = { version: (revoked ? 'f' : 'a').repeat(64), names: [] };
      return { ...sampleRelease(tag, { stage, secrets, ...rollback }), number: at + 1 };
    });
  return { stage, releases: releases.reverse(), revoked: new Set(['f'.repeat(64)]) };
}

/** Oldest first; `?` after a tag: nobody knows its age. */
function versions(words: string): Version[] {
  return words.split(' ').map((word, age) => (word.endsWith('?') ? { tag: word.slice(0, -1) } : { tag: word, age }));
}

describe('of the versions of an app', () => {
  const cases: readonly { name: string; all: string; stages: Record<string, string>; keep: number; gone: string }[] = [
    { name: 'the last ones stay', all: 'A B C D', stages: {}, keep: 2, gone: 'A B' },
    { name: 'what serves stays', all: 'A B C D', stages: { canary: 'A' }, keep: 1, gone: 'B C' },
    { name: 'what would come back stays', all: 'A B C D', stages: { canary: 'A B C D' }, keep: 1, gone: 'A B' },
    { name: 'so it is on every stage', all: 'A B C D', stages: { canary: 'B C D', live: 'A' }, keep: 1, gone: 'B' },
    { name: 'after a rollback, what it restored', all: 'A B C', stages: { canary: 'A B C A=1' }, keep: 1, gone: 'B' },
    {
      name: 'where a revocation bars the one before, the one before that',
      all: 'A B C D',
      stages: { canary: 'A B C! D' },
      keep: 1,
      gone: 'A',
    },
    { name: 'what nobody knows stays', all: 'A? B C D?', stages: {}, keep: 1, gone: 'B' },
    { name: 'a release that has no image here changes nothing', all: 'B C', stages: { x: 'A' }, keep: 1, gone: 'B' },
  ];
  for (const { name, all, stages, keep, gone } of cases) {
    test(`${name}: of ${all}, ${gone} can go`, () => {
      const histories = Object.entries(stages).map(([stage, words]) => history(stage, words));
      assert.equal(decideRetention(versions(all), histories, keep).unneeded.join(' '), gone);
    });
  }

  test('each that stays says why', () => {
    const { kept } = decideRetention(versions('A B C D x?'), [history('live', 'A B')], 1);
    assert.deepEqual(Object.fromEntries(kept.map(({ tag, reasons }) => [tag, reasons])), {
      A: ['live would roll back to it'],
      B: ['it serves on live'],
      D: ['one of the last 1 versions'],
      x: ['nobody here knows how old it is'],
    });
  });
});

const tag = fc.integer({ min: 0, max: 12 }).map((at) => `v${at}`);
const release = fc.record({ tag, rollback: fc.option(fc.nat({ max: 12 })), revoked: fc.boolean() });
const stage = fc
  .array(release, { maxLength: 15 })
  .map((list) =>
    list
      .map(({ tag, rollback, revoked }) => `${tag}${revoked ? '!' : ''}${rollback === null ? '' : `=${rollback}`}`)
      .join(' '),
  );

test('whatever happened, nothing goes that any stage serves or returns to, and the rest stays with a reason', () => {
  const given = fc.record({
    stages: fc.array(stage, { maxLength: 4 }),
    known: fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }),
    keep: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(given, ({ stages, known, keep }) => {
      const all = known.map((isKnown, age): Version => ({ tag: `v${age}`, ...(isKnown && { age }) }));
      const histories = stages.map((words, at) => history(`stage${at}`, words));
      const { kept, unneeded } = decideRetention(all, histories, keep);
      const gone = new Set(unneeded);
      for (const { releases, revoked } of histories) {
        const isRevoked = ({ secrets }: Release) => revoked.has(secrets.version);
        const needed = [...releases.slice(0, keep), rollbackTarget(releases), rollbackTarget(releases, isRevoked)];
        for (const one of needed) assert.ok(!one || !gone.has(one.artifact.revision.tag));
      }
      assert.deepEqual([...gone, ...kept.map((one) => one.tag)].sort(), all.map((one) => one.tag).sort());
      assert.ok(kept.every(({ reasons }) => reasons.length > 0));
      assert.ok(
        unneeded.every((one) => known[Number(one.slice(1))]),
        'only what is known to be old',
      );
      const ages = unneeded.map((one) => Number(one.slice(1)));
      assert.deepEqual(
        ages,
        ages.toSorted((one, other) => one - other),
      );
      const newest = all.filter(({ age }) => age !== undefined).slice(-keep);
      assert.ok(
        newest.every((one) => !gone.has(one.tag)),
        'the last ones stay',
      );
    }),
  );
});

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { checkContext } from '../../checks/contract.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { type Memory, rememberedCheck } from './rememberedCheck.ts';

async function subject(verdict: Verdict, more: Partial<Memory> = {}) {
  const folder = await scratchDirectory('gate-memory');
  let asked = 0;
  const check = {
    name: 'pull',
    run: async () => ({ name: 'pull', verdict, summary: `look ${++asked}`, durationMs: 5 }),
  };
  const memory = { folder, maxAgeMs: 60_000, about: { digest: 'a' }, fresh: false, ...more };
  const ask = async (changes: Partial<Memory> = {}) =>
    await rememberedCheck(check, { ...memory, ...changes }).run(checkContext());
  return { folder, ask, asked: () => asked };
}

describe('what a check saw', () => {
  test('stands for a while, and says how old it is', async () => {
    const { ask, asked } = await subject('pass');
    assert.equal((await ask()).summary, 'look 1');
    const again = await ask();
    assert.equal(asked(), 1);
    assert.equal(again.summary, 'look 1 (seen just now)');
    assert.ok(typeof again.evidence?.ageMs === 'number' && typeof again.evidence.seenAt === 'string');
  });

  for (const verdict of ['fail', 'unknown'] as const) {
    test(`is looked at again where it was ${verdict}`, async () => {
      const { ask, asked } = await subject(verdict);
      await ask();
      await ask();
      assert.equal(asked(), 2);
    });
  }

  const again: readonly (readonly [name: string, changes: Partial<Memory>])[] = [
    ['when it is too old', { maxAgeMs: -1 }],
    ['about another thing', { about: { digest: 'b' } }],
    ['when that is asked for', { fresh: true }],
  ];
  for (const [name, changes] of again) {
    test(`is looked at again ${name}`, async () => {
      const { ask } = await subject('pass');
      await ask();
      assert.equal((await ask(changes)).summary, 'look 2');
    });
  }

  test('is looked at again where the folder was deleted, or cannot be written', async () => {
    const { ask, folder } = await subject('pass');
    await ask();
    await rm(folder, { recursive: true });
    assert.equal((await ask()).summary, 'look 2');
    assert.equal((await ask({ folder: '/dev/null/nowhere' })).summary, 'look 3');
  });
});

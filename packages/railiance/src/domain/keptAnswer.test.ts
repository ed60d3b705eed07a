import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keptAnswer } from './keptAnswer.ts';

test('one question serves all who ask, and a failure is asked about again', async () => {
  let asked = 0;
  const answer = keptAnswer(async () => {
    asked += 1;
    if (asked === 1) throw new Error('not now');
    return asked;
  });
  await assert.rejects(answer(), /not now/);
  assert.deepEqual(await Promise.all([answer(), answer(), answer()]), [2, 2, 2]);
  assert.equal(asked, 2);
});

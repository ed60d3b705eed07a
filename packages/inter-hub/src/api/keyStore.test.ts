import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Db } from '../database/db.ts';
import { type ApiKey, createKeyStore } from './keyStore.ts';
import { makeKey } from './keys.ts';

/** A database that answers when it is told to. */
function slowDatabase() {
  const answers: ((keys: Partial<ApiKey>[]) => void)[] = [];
  const query = () => new Promise<Partial<ApiKey>[]>((answer) => answers.push(answer));
  return { db: { query } as unknown as Db, answers };
}

test('who asks for one key at once is one question, and who asks later none', async () => {
  const { db, answers } = slowDatabase();
  const keys = createKeyStore(db);
  const key = makeKey();
  const found = Promise.all([keys.find(key), keys.find(key), keys.find(key)]);
  assert.equal(answers.length, 1);
  answers[0]?.([{ id: 'one' }]);
  assert.deepEqual(
    (await found).map((row) => row?.id),
    ['one', 'one', 'one'],
  );
  await keys.find(key);
  assert.equal(answers.length, 1);
});

test('a key that changes while it is looked up is not remembered as it was', async () => {
  const { db, answers } = slowDatabase();
  const keys = createKeyStore(db);
  const key = makeKey();
  const before = keys.find(key);
  keys.forget();
  const after = keys.find(key);
  answers[1]?.([{ id: 'revoked' }]);
  assert.equal((await after)?.id, 'revoked');
  answers[0]?.([{ id: 'good' }]);
  assert.equal((await before)?.id, 'good');
  assert.equal((await keys.find(key))?.id, 'revoked');
});

test('a key that could not be looked up is asked for again', async () => {
  let fails = true;
  const query = async () => {
    if (fails) throw new Error('connection lost');
    return [{ id: 'one' }];
  };
  const keys = createKeyStore({ query } as unknown as Db);
  const key = makeKey();
  await assert.rejects(keys.find(key), /connection lost/);
  fails = false;
  assert.equal((await keys.find(key))?.id, 'one');
});

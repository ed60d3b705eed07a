import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, verifyPassword } from './password.ts';

test('only the password itself passes, and two hashes of it differ', async () => {
  const [one, two] = [await hashPassword('correct horse battery'), await hashPassword('correct horse battery')];
  assert.notEqual(one, two);
  assert.equal(await verifyPassword('correct horse battery', one), true);
  assert.equal(await verifyPassword('correct horse batterx', one), false);
  assert.equal(await verifyPassword('', one), false);
});

test('one character typed in two ways is one character', async () => {
  assert.equal(await verifyPassword('cafe\u0301 con leche', await hashPassword('caf\u00e9 con leche')), true);
});

test('nobody’s password never passes, and costs about as much time', async () => {
  const hash = await hashPassword('correct horse battery');
  const timed = async (of: string | null): Promise<number> => {
    const started = performance.now();
    assert.equal(await verifyPassword('something else', of), false);
    return performance.now() - started;
  };
  await timed(hash);
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    known.push(await timed(hash));
    unknown.push(await timed(null));
  }
  // Fastest of each: what else the machine does only adds time. A missing derivation would be a thousandfold.
  const ratio = Math.min(...unknown) / Math.min(...known);
  assert.ok(ratio > 0.3 && ratio < 3, String(ratio));
});

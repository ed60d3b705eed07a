import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneAtATime } from './oneAtATime.ts';

/** Work whose rounds end when they are told to. */
function scene(restMs = 0) {
  const rounds: PromiseWithResolvers<void>[] = [];
  const errors: unknown[] = [];
  const stopping = new AbortController();
  const work = () => {
    const round = Promise.withResolvers<void>();
    rounds.push(round);
    return round.promise;
  };
  const onError = (error: unknown) => void errors.push(error);
  return { rounds, errors, stopping, ...oneAtATime(work, { signal: stopping.signal, onError, restMs }) };
}

test('calls while it works are one more round, and who called waits for that one', async () => {
  const { rounds, wake } = scene();
  const first = wake();
  const [second, third] = [wake(), wake()];
  assert.equal(rounds.length, 1);
  rounds[0]?.resolve();
  await new Promise(setImmediate);
  assert.equal(rounds.length, 2);
  rounds[1]?.resolve();
  await Promise.all([first, second, third]);
  assert.equal(rounds.length, 2);
});

test('the first after a while begins at once, the next after a rest', async () => {
  const { rounds, wake } = scene(60);
  const first = wake();
  assert.equal(rounds.length, 1);
  rounds[0]?.resolve();
  await first;
  const endedMs = performance.now();
  const next = wake();
  assert.equal(rounds.length, 1);
  while (rounds.length < 2) await new Promise(setImmediate);
  assert.ok(performance.now() - endedMs > 50);
  rounds[1]?.resolve();
  await next;
});

test('a round that fails is told, and the next call is another', async () => {
  const { rounds, errors, wake } = scene();
  const first = wake();
  rounds[0]?.reject(new Error('lost'));
  await first;
  assert.match(String(errors[0]), /lost/);
  const second = wake();
  rounds[1]?.resolve();
  await second;
  assert.equal(errors.length, 1);
});

test('once it is stopped the round under way is the last, asked for or not', async () => {
  const { rounds, stopping, wake, over } = scene();
  const first = wake();
  void wake();
  stopping.abort();
  rounds[0]?.resolve();
  await Promise.all([first, over(), wake()]);
  assert.equal(rounds.length, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError } from '../../kubernetes/apiError.ts';
import { untilAdmitted } from './untilAdmitted.ts';

const forbidden = (why: string) => new ApiError(403, 'Forbidden', `pods "a" is forbidden: ${why}`);
const tooNew = 'error looking up service account apps/default: serviceaccount "default" not found';
const { signal } = new AbortController();

/** Refused with each of these in turn, then made. */
function creating(...refusals: readonly Error[]) {
  const left = [...refusals];
  const tries = { count: 0 };
  const create = async () => {
    tries.count += 1;
    const refusal = left.shift();
    if (refusal) throw refusal;
  };
  return { create, tries };
}

test('a pod in a namespace whose service account is not there yet is tried again', async () => {
  const { create, tries } = creating(forbidden(tooNew), forbidden(tooNew));
  await untilAdmitted(create, signal);
  assert.equal(tries.count, 3);
});

test('a pod that is refused for another reason is not', async () => {
  const { create, tries } = creating(forbidden('exceeded quota'));
  await assert.rejects(untilAdmitted(create, signal), /exceeded quota/);
  assert.equal(tries.count, 1);
});

test('whoever stops the run does not wait for the service account', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(untilAdmitted(creating(forbidden(tooNew)).create, stopped), { name: 'AbortError' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { digestHex, digestOf, measure, parseDigest } from './digest.ts';
import { OciError } from './ociError.ts';
import type { Digest } from './types.ts';

// FIPS 180-2, appendix B.1
const ofAbc = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('knows the published digest of "abc", whole or in pieces', async () => {
  assert.equal(digestOf('abc'), ofAbc);
  assert.deepEqual(await measure([Buffer.from('a'), Buffer.alloc(0), Buffer.from('bc')]), { digest: ofAbc, size: 3 });
});

for (const text of [
  'sha256:../../etc/passwd',
  ofAbc.toUpperCase(),
  ofAbc.slice(0, -1),
  `${ofAbc}0`,
  `${ofAbc}\n`,
  ofAbc.replace('sha256', 'sha512'),
  'sha256:',
  '',
  undefined,
  { toString: () => ofAbc },
]) {
  test(`refuses ${JSON.stringify(text)} as a digest`, () => {
    assert.throws(
      () => parseDigest(text),
      (error) => error instanceof OciError && error.code === 'invalid',
    );
    assert.throws(() => digestHex(text as Digest), OciError);
  });
}

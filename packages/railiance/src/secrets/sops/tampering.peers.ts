import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { peer } from '../../testing/peers.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { encrypted, tamperings } from '../../testing/sopsTamperings.ts';
import type { SopsErrorCode } from './index.ts';
import { identity } from './testKeys.ts';

const sops = peer('sops');
const folder = await scratchDirectory('tampering');

/** What sops ends with where we refuse with this code. */
const exitCodeOf: Readonly<Partial<Record<SopsErrorCode, number>>> = {
  unreadable: 1,
  'not-encrypted': 1,
  'bad-metadata': 1,
  'malformed-value': 25,
  'altered-value': 25,
  'mac-mismatch': 51,
  'mac-missing': 51,
  'no-matching-key': 128,
};
/** Where we are stricter, or sops falls over. */
const otherwise: Readonly<Record<string, number>> = {
  'text behind a ciphertext': 0,
  'Shamir groups': 0,
  'a number put in plain text': 2,
  'the recipients taken out': 1,
};

function sopsEnds(text: string): number | null {
  writeFileSync(join(folder, 'x.yaml'), text);
  const env = { PATH: process.env.PATH, HOME: folder, SOPS_AGE_KEY: identity, SOPS_DISABLE_VERSION_CHECK: '1' };
  return spawnSync(sops, ['decrypt', 'x.yaml'], { cwd: folder, env }).status;
}

test('sops opens the file as it was', () => {
  assert.equal(sopsEnds(encrypted), 0);
});

for (const [what, text, code] of tamperings) {
  test(`of ${what} sops thinks as we do: ${code}`, () => {
    assert.equal(sopsEnds(text), otherwise[what] ?? exitCodeOf[code]);
  });
}

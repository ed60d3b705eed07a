import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secret } from '../domain/secret.ts';
import { scramVerifier } from './scram.ts';

test('the verifier has the keys of the example in RFC 7677, section 3', async () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  // From that example's salt and password; the server's signature in it is made with this ServerKey.
  assert.equal(
    await scramVerifier(new Secret('pencil'), salt),
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

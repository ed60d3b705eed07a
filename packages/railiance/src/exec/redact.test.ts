import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { createRedactor } from './redact.ts';

const value = 'p+ss/w"rd ä?&';

const forms: readonly [string, string][] = [
  ['as it is', value],
  ['JSON-escaped', JSON.stringify({ value })],
  ['JSON in JSON', JSON.stringify(JSON.stringify({ value }))],
  ['URL-encoded', `?q=${encodeURIComponent(value)}`],
  ['URL-encoded in lower case', encodeURIComponent(value).toLowerCase()],
  ['as a form', new URLSearchParams({ value }).toString()],
];

for (const [name, text] of forms) {
  test(`takes a secret out ${name}`, () => {
    const result = createRedactor([value])(`before ${text} after`);
    assert.match(result, /^before .*\[secret\].* after$/);
    assert.doesNotMatch(result, /p(\+|%2b)ss/i);
  });
}

const printable = fc.string({ unit: fc.constantFrom(...'abcdefgHIJK0123456789+/=-_.ä '), minLength: 6, maxLength: 60 });

test('base64 of a secret is taken out wherever it stands in what was encoded', () => {
  fc.assert(
    fc.property(
      printable,
      fc.uint8Array({ maxLength: 5 }),
      fc.uint8Array({ maxLength: 5 }),
      (secret, before, after) => {
        const redact = createRedactor([secret]);
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.concat([before, Buffer.from(secret), after]).toString(encoding);
          const left = redact(text).replaceAll('[secret]', '');
          // At most the characters on either edge, which also hold bits of what stands beside the secret.
          const around = Math.ceil((before.length * 8) / 6) + Math.ceil((after.length * 8) / 6) + 4;
          assert.ok(left.length <= around, `${text} became ${redact(text)}`);
        }
      },
    ),
  );
});

test('no secret is left in any text made of secrets and other words', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(fc.array(printable, { minLength: 1, maxLength: 8 }), fc.array(word), (secrets, words) => {
      const redact = createRedactor(secrets);
      const text = words.flatMap((other, i) => [other, secrets[i % secrets.length] ?? '']).join('');
      const left = redact(text).split('[secret]');
      for (const piece of left) for (const secret of secrets) assert.ok(!piece.includes(secret));
    }),
  );
});

test('a token that is wrapped or cut is taken out on both sides', () => {
  const token = 'ghp_0123456789abcdefghijABCDEFGHIJ0123456789';
  const redact = createRedactor([token]);
  assert.equal(redact(token.slice(0, 20)), '[secret]');
  assert.equal(redact(`${token.slice(0, 20)}\n${token.slice(20)}`), '[secret]\n[secret]');
});

test('the random parts of a value are taken out where it was cut, and names in it are left', () => {
  const redact = createRedactor([
    '8wAnqG4Idrhq2boO33f1QOya3esd5mOF&=%',
    'postgresql://me:x@production-database-primary/db',
  ]);
  assert.equal(redact('8wAnqG4Idrhq2boO33f1'), '[secret]');
  assert.equal(redact('no route to production-database-primary'), 'no route to production-database-primary');
});

test('wrapped base64 of a long secret is taken out line by line', () => {
  const secret = 'canary '.repeat(30);
  const wrapped = Buffer.from(`key: ${secret}`).toString('base64').replace(/.{76}/g, '$&\n');
  for (const line of createRedactor([secret])(wrapped).split('\n').slice(1, -1)) assert.equal(line, '[secret]');
});

test('each long line of a key file counts alone, and the password of a URL', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n';
  const redact = createRedactor([key, 'postgres://probe:hunter22@127.0.0.1:5432/probe']);
  assert.equal(redact('read MIIEvQIBADANBgkqhkiG9w0BAQ'), 'read [secret]');
  assert.equal(redact('password hunter22'), 'password [secret]');
  assert.equal(redact('connect to 127.0.0.1:5432/probe'), 'connect to 127.0.0.1:5432/probe');
});

test('short values are no secrets', () => {
  const redact = createRedactor(['8000', 'true', '']);
  assert.equal(redact('port 8000 is true'), 'port 8000 is true');
  assert.equal(redact.longest, 0);
});

test('a thousand secrets do not slow it down', () => {
  const secrets = Array.from({ length: 1_000 }, (_, i) => `canary-${i}-${'x'.repeat(i % 40)}`);
  const redact = createRedactor(secrets);
  const text = 'an ordinary line of a log, 200 GET /probes in 3 ms\n'.repeat(20_000);
  const started = performance.now();
  assert.equal(redact(text), text);
  assert.ok(performance.now() - started < 1_000);
});

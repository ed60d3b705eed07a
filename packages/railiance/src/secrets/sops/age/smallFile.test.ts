import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';

import { openSmallFile, sealSmallFile } from './smallFile.ts';
import { publicBytes, x25519Identity, x25519Recipient } from './x25519.ts';

async function pair() {
  const text = await generateX25519Identity();
  const recipientText = await identityToRecipient(text);
  const identity = x25519Identity(text);
  const recipient = x25519Recipient(recipientText);
  assert.ok(identity !== undefined && recipient !== undefined);
  return { text, recipientText, identity, recipient };
}

async function byLibrary(armored: string, identity: string): Promise<Uint8Array | undefined> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(armor.decode(armored));
  } catch {
    return undefined;
  }
}

function byUs(armored: string, identity: Parameters<typeof openSmallFile>[1]): Uint8Array | undefined {
  try {
    return openSmallFile(armored, identity);
  } catch {
    return undefined;
  }
}

test('a key and its public part are those of the library', async () => {
  const { identity, recipient } = await pair();
  assert.deepEqual(Buffer.from(publicBytes(identity)), Buffer.from(recipient));
});

test('opens what the library sealed, and the library what we sealed', async () => {
  const { text, recipientText, identity, recipient } = await pair();
  for (const length of [0, 1, 16, 32, 1000]) {
    const payload = Buffer.alloc(length, 7);
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipientText);
    const theirs = armor.encode(await encrypter.encrypt(payload));
    assert.deepEqual(Buffer.from(openSmallFile(theirs, identity) ?? []), payload);
    assert.deepEqual(Buffer.from((await byLibrary(sealSmallFile(payload, recipient), text)) ?? []), payload);
  }
});

test('finds its own among several recipients', async () => {
  const [one, two] = [await pair(), await pair()];
  const encrypter = new Encrypter();
  encrypter.addRecipient(one.recipientText);
  encrypter.addRecipient(two.recipientText);
  const file = armor.encode(await encrypter.encrypt(Buffer.from('x')));
  assert.deepEqual(Buffer.from(openSmallFile(file, two.identity) ?? []), Buffer.from('x'));
});

test('a file for somebody else is not opened', async () => {
  const [mine, other] = [await pair(), await pair()];
  assert.equal(openSmallFile(sealSmallFile(Buffer.from('x'), other.recipient), mine.identity), undefined);
});

test('opens nothing that the library does not open, whatever is altered', async () => {
  const { text, recipient, identity } = await pair();
  const file = armor.decode(sealSmallFile(Buffer.alloc(32, 9), recipient));
  const alteration = fc.record({
    at: fc.nat(file.length - 1),
    kind: fc.constantFrom('flip', 'cut', 'add', 'newline'),
    bit: fc.nat(7),
  });
  await fc.assert(
    fc.asyncProperty(alteration, async ({ at, kind, bit }) => {
      const bytes = Buffer.from(file);
      if (kind === 'flip') bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      if (kind === 'newline') bytes[at] = 10;
      const cut = kind === 'cut' ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]) : bytes;
      const altered = armor.encode(
        kind === 'add' ? Buffer.concat([bytes.subarray(0, at), Buffer.of(65), bytes.subarray(at)]) : cut,
      );
      assert.equal(byUs(altered, identity) === undefined, (await byLibrary(altered, text)) === undefined);
      if (!cut.equals(Buffer.from(file)) || kind === 'add') assert.equal(byUs(altered, identity), undefined);
    }),
    { numRuns: 400 },
  );
});

test('a share of low order is refused', async () => {
  const { identity } = await pair();
  const zero = Buffer.alloc(32).toString('base64').replaceAll('=', '');
  const header = `age-encryption.org/v1\n-> X25519 ${zero}\n${zero}\n--- ${zero}\n`;
  assert.throws(() => openSmallFile(armor.encode(Buffer.concat([Buffer.from(header), Buffer.alloc(64)])), identity));
});

const noKeys = [
  '',
  'AGE-SECRET-KEY-1',
  'AGE-SECRET-KEY-1QQQ',
  'AGE-SECRET-KEY-17ES0T9DCXE7YKJ3LF0P2ET80XNSJ48Y6JLS8N0ZPGLUXRWSVGE3SL79ARN',
  'age-secret-key-17es0t9dcxe7ykj3lf0p2et80xnsj48y6jls8n0zpgluxrwsvge3sl79arm',
  'AGE-SECRET-KEY-17ES0T9DCXE7YKJ3LF0P2ET80XNSJ48Y6JLS8N0ZPGLUXRWSVGE3SL79ARm',
  'age1plx58srkwpsep9g79hrs2djet9vy0022qgjxwcy9kcgajpe9j4wqxlpvq4',
];
for (const text of noKeys) {
  test(`${JSON.stringify(text)} is no identity`, () => assert.equal(x25519Identity(text), undefined));
}

for (const text of [
  '',
  'age1',
  'age1qqq',
  'AGE1PLX58SRKWPSEP9G79HRS2DJET9VY0022QGJXWCY9KCGAJPE9J4WQXLPVQ4',
  'age1plx58srkwpsep9g79hrs2djet9vy0022qgjxwcy9kcgajpe9j4wqxlpvq5',
]) {
  test(`${JSON.stringify(text)} is no recipient`, () => assert.equal(x25519Recipient(text), undefined));
}

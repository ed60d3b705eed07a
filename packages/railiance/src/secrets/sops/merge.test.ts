import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  addRecipient,
  decryptedText,
  encryptText,
  mergeSops,
  type OpenedFile,
  openSops,
  plainTree,
  readConflict,
  removeRecipient,
  replaceText,
  rotateDataKey,
  writeConflict,
} from './index.ts';
import { identity, otherIdentity, otherRecipient, recipient } from './testKeys.ts';

const base = '# note\nA: one\nB: two\nlist: [1, 2]\nmap:\n  c: three\n';

async function encrypted(text: string, recipients = [recipient]): Promise<OpenedFile> {
  return openSops(await encryptText(text, { format: 'yaml', recipients }), 'yaml', [identity]);
}

async function edited(file: OpenedFile, change: (text: string) => string): Promise<OpenedFile> {
  return openSops(await replaceText(file, change(decryptedText(file))), 'yaml', [identity]);
}

async function plain(text: string, key = identity): Promise<string> {
  return decryptedText(await openSops(text, 'yaml', [key]));
}

test('two branches that changed different keys come together without a conflict', async () => {
  const file = await encrypted(base);
  const ours = await edited(file, (text) => text.replace('one', 'ours').replace('1, 2', '1, 2, 3'));
  const theirs = await edited(file, (text) =>
    text.replace('two', 'theirs').replace('  c: three', '  c: three\n  d: new'),
  );
  const merged = await mergeSops(file, ours, theirs);
  assert.deepEqual(merged.conflicts, []);
  assert.equal(merged.ours, merged.theirs);
  const expected = '# note\nA: ours\nB: theirs\nlist: [1, 2, 3]\nmap:\n  c: three\n  d: new\n';
  assert.equal(await plain(merged.ours), expected);
});

test('values that both sides left alone keep their ciphertext', async () => {
  const file = await encrypted(base);
  const ours = await edited(file, (text) => text.replace('one', 'ours'));
  const theirs = await edited(file, (text) => text.replace('two', 'theirs'));
  const { ours: merged } = await mergeSops(file, ours, theirs);
  const kept = ours.parsed.text.split('\n').filter((line) => !merged.split('\n').includes(line));
  assert.deepEqual(
    kept.map((line) => line.trim().split(/[: ]/)[0]),
    ['B', 'mac'],
    'only B and the MAC change',
  );
});

test('entries added and taken out by them come over', async () => {
  const file = await encrypted(base);
  const theirs = await edited(file, (text) => `${text.replace('B: two\n', '').replace('1, 2', '1')}NEW: x\n`);
  const merged = await mergeSops(file, file, theirs);
  assert.deepEqual(merged.conflicts, []);
  assert.equal(await plain(merged.ours), '# note\nA: one\nlist: [1]\nmap:\n  c: three\nNEW: x\n');
});

test('the same change on both sides is no conflict', async () => {
  const file = await encrypted(base);
  const ours = await edited(file, (text) => text.replace('one', 'same'));
  const theirs = await edited(file, (text) => text.replace('one', 'same'));
  assert.deepEqual((await mergeSops(file, ours, theirs)).conflicts, []);
});

test('the same key changed by both is a conflict that names it, with no plain value in it', async () => {
  const file = await encrypted(base);
  const ours = await edited(file, (text) => text.replace('one', 'CANARY-ours').replace('two', 'both'));
  const theirs = await edited(file, (text) => text.replace('one', 'CANARY-theirs').replace('three', 'both'));
  const merged = await mergeSops(file, ours, theirs);
  assert.deepEqual(merged.conflicts, [['A']]);
  const text = writeConflict(merged, { ours: 'main', theirs: 'feature' });
  assert.doesNotMatch(text, /CANARY/);
  assert.match(text, /^<<<<<<< main\nA: ENC\[.*\n=======\nA: ENC\[.*\n>>>>>>> feature\nB: ENC/m);
  const sides = readConflict(text);
  assert.deepEqual(sides, { ours: merged.ours, theirs: merged.theirs });
  // Either side, taken throughout, is a genuine file.
  assert.match(await plain(sides?.ours ?? ''), /A: CANARY-ours\nB: both\n[\s\S]*c: both/);
  assert.match(await plain(sides?.theirs ?? ''), /A: CANARY-theirs\nB: both\n[\s\S]*c: both/);
  await assert.rejects(openSops(text, 'yaml', [identity]), { code: 'unreadable' });
});

test('taken out here and changed there is a conflict', async () => {
  const file = await encrypted(base);
  const ours = await edited(file, (text) => text.replace('A: one\n', ''));
  const theirs = await edited(file, (text) => text.replace('one', 'changed'));
  const merged = await mergeSops(file, ours, theirs);
  assert.deepEqual(merged.conflicts, [['A']]);
  assert.match(await plain(merged.theirs), /A: changed/);
  assert.doesNotMatch(await plain(merged.ours), /A:/);
});

test('recipients that either side added can open the result', async () => {
  const file = await encrypted(base);
  const theirs = await openSops(await addRecipient(file, otherRecipient), 'yaml', [identity]);
  const ours = await edited(file, (text) => text.replace('one', 'ours'));
  const { ours: text } = await mergeSops(file, ours, theirs);
  assert.match(await plain(text, otherIdentity), /A: ours/);
});

test('a recipient that they took out is out, whatever we changed', async () => {
  const file = await encrypted(base, [recipient, otherRecipient]);
  const theirs = await openSops(await removeRecipient(file, otherRecipient), 'yaml', [identity]);
  const ours = await edited(file, (text) => text.replace('one', 'ours'));
  const { ours: text } = await mergeSops(file, ours, theirs);
  await assert.rejects(openSops(text, 'yaml', [otherIdentity]), { code: 'no-matching-key' });
  assert.match(await plain(text), /A: ours/);
});

test('a data key made anew by them is not undone by us', async () => {
  const file = await encrypted(base);
  const theirs = await openSops(await rotateDataKey(file), 'yaml', [identity]);
  const ours = await edited(file, (text) => text.replace('one', 'ours'));
  const merged = await openSops((await mergeSops(file, ours, theirs)).ours, 'yaml', [identity]);
  assert.equal(merged.dataKey.equals(file.dataKey), false);
  assert.equal(plainTree(merged).A, 'ours');
});

test('a file that both sides added is merged as well', async () => {
  const ours = await encrypted('A: one\nC: x\n');
  const theirs = await encrypted('A: one\nB: two\n');
  const merged = await mergeSops(undefined, ours, theirs);
  assert.deepEqual(merged.conflicts, []);
  assert.equal(await plain(merged.ours), 'A: one\nC: x\nB: two\n');
});

const torn = [
  '<<<<<<< a\nx\n',
  '=======\n',
  '<<<<<<< a\n>>>>>>> b\n',
  'plain\n',
  '<<<<<<< a\n=======\n<<<<<<< a\n=======\n>>>>>>> b\n',
];
for (const text of torn) {
  test(`${JSON.stringify(text)} is no conflict that can be read`, () => {
    assert.equal(readConflict(text), undefined);
  });
}

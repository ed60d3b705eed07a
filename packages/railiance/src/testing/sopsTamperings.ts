import assert from 'node:assert/strict';

import { encryptText, type SopsErrorCode } from '../secrets/sops/index.ts';
import { recipient } from '../secrets/sops/testKeys.ts';

const plain = 'alpha: one\nbeta: two\nnumber: 5\nshown_unencrypted: hi\n';
/** What is tampered with. */
export const encrypted = await encryptText(plain, { format: 'yaml', recipients: [recipient] });

function replaced(pattern: RegExp, by: string): string {
  const text = encrypted.replace(pattern, by);
  assert.notEqual(text, encrypted, `${pattern} changes something`);
  return text;
}

function lines(order: readonly number[]): string {
  const all = encrypted.split('\n');
  return [...order.map((at) => all[at]), ...all.slice(order.length)].join('\n');
}

const swapped = (() => {
  const [first = '', second = ''] = encrypted.split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
  return encrypted.replace(first, 'SWAP').replace(second, first).replace('SWAP', second);
})();

/** Each tampering with the refusal it must meet, and the text that names what is wrong. */
export const tamperings: readonly (readonly [what: string, text: string, code: SopsErrorCode, names: RegExp])[] = [
  ['a ciphertext edited', replaced(/^(beta: ENC\[AES256_GCM,data:)./m, '$1/'), 'altered-value', /^line 2: beta/],
  ['a ciphertext cut', replaced(/^beta: (ENC.{30}).*/m, 'beta: $1'), 'malformed-value', /^line 2: beta/],
  ['base64 broken', replaced(/^(beta: ENC\[AES256_GCM,data:)../m, '$1A'), 'malformed-value', /^line 2: beta/],
  ['a tag shortened', replaced(/^(beta: .*tag:)[^,]*/m, '$1AAAA'), 'malformed-value', /^line 2: beta/],
  ['text behind a ciphertext', replaced(/^(beta: .*)$/m, '$1x'), 'malformed-value', /^line 2: beta/],
  ['two ciphertexts swapped', swapped, 'altered-value', /^line 1: alpha/],
  ['a key renamed', replaced(/^beta:/m, 'gamma:'), 'altered-value', /^line 2: gamma/],
  [
    'a value put in plain text',
    replaced(/^beta: .*/m, 'beta: two'),
    'malformed-value',
    /^line 2: beta should be encrypted/,
  ],
  ['a number put in plain text', replaced(/^number: .*/m, 'number: 5'), 'malformed-value', /^line 3: number/],
  ['an unknown type', replaced(/type:int/, 'type:zzz'), 'malformed-value', /unknown type/],
  ['a type that does not fit', replaced(/type:int/, 'type:bool'), 'malformed-value', /no bool/],
  ['a plain value edited', replaced(/unencrypted: hi/, 'unencrypted: ho'), 'mac-mismatch', /not those/],
  ['an encrypted value emptied', replaced(/^beta: .*/m, 'beta: ""'), 'mac-mismatch', /not those/],
  ['keys reordered', lines([1, 0]), 'mac-mismatch', /order/],
  ['an entry taken out', replaced(/^beta: .*\n/m, ''), 'mac-mismatch', /not those/],
  ['an entry doubled elsewhere', replaced(/^(beta: .*\n)/m, '$1more: {}\n$1'), 'unreadable', /^line 4: .*unique/],
  ['the MAC taken out', replaced(/^ {4}mac: .*\n/m, ''), 'mac-missing', /MAC/],
  ['the MAC emptied', replaced(/^ {4}mac: .*/m, '    mac: ""'), 'mac-missing', /MAC/],
  ['the MAC edited', replaced(/^( {4}mac: ENC\[AES256_GCM,data:)../m, '$1//'), 'mac-mismatch', /MAC/],
  ['the time edited', replaced(/lastmodified: "..../, 'lastmodified: "1999'), 'mac-mismatch', /lastmodified/],
  ['the time made nonsense', replaced(/lastmodified: ".*"/, 'lastmodified: "soon"'), 'bad-metadata', /lastmodified/],
  ['a rule that exempts all', replaced(/unencrypted_suffix: .*/, 'unencrypted_regex: .'), 'mac-mismatch', /not those/],
  [
    'a rule narrowed',
    replaced(/unencrypted_suffix: .*/, 'unencrypted_suffix: zz'),
    'malformed-value',
    /shown_unencrypted/,
  ],
  ['two rules', replaced(/( {4})unencrypted_suffix: .*/, '$&\n$1encrypted_suffix: a'), 'bad-metadata', /exclude/],
  ['Shamir groups', replaced(/^( {4})age:/m, '$1key_groups: []\n$1age:'), 'unsupported', /Shamir/],
  ['the data key damaged', replaced(/(BEGIN AGE.*\n\s+)..../, '$1AAAA'), 'no-matching-key', new RegExp(recipient)],
  ['the recipients taken out', replaced(/age:\n(?: {8}.*\n)+/, 'age: []\n'), 'no-matching-key', /no age recipients/],
  ['the metadata taken out', replaced(/^sops:[\s\S]*/m, ''), 'not-encrypted', /plain-text/],
  ['the metadata made a word', replaced(/^sops:[\s\S]*/m, 'sops: yes\n'), 'bad-metadata', /sops entry/],
  ['a plain-text file', plain, 'not-encrypted', /plain-text/],
  ['not even YAML', 'a: [', 'unreadable', /line 1/],
];

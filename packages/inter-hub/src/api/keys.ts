import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 30;
const checksumLength = 6;
const keyForm = /^ihk_[0-9A-Za-z]{36}$/;

/** A new API key: `ihk_`, 30 random base62 characters (178 bits), and a checksum that tells typing errors from guesses. */
export function makeKey(): string {
  let random = '';
  for (let i = 0; i < randomLength; i += 1) random += alphabet[randomInt(alphabet.length)];
  return `ihk_${random}${checksum(random)}`;
}

/** Whether a text can be a key at all, without asking the database. */
export function isWellFormed(key: string): boolean {
  return keyForm.test(key) && checksum(key.slice(4, 4 + randomLength)) === key.slice(4 + randomLength);
}

/** A key has far too many bits to be guessed from its hash, so a plain one is enough. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** What may be shown of a key, to tell it from others. */
export function prefixOf(key: string): string {
  return key.slice(0, 10);
}

function checksum(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let i = 0; i < checksumLength; i += 1) {
    text = `${alphabet[rest % alphabet.length]}${text}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

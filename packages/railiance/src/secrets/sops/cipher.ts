import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

import { type Scalar, scalarBytes, scalarOf } from './scalar.ts';
import { SopsError } from './sopsError.ts';

const algorithm = 'aes-256-gcm';
const ivBytes = 32;
const tagBytes = 16;
const start = 'ENC[AES256_GCM,data:';

/** Does the text claim to be encrypted? Whether it truly is, only `decryptScalar` can tell. */
export function looksEncrypted(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,');
}

/**
 * Encrypts one value: AES-256-GCM with a random 32-byte nonce, bound to its place by the additional data. An empty string
 * stays empty, as in sops.
 * Form: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, each part in base64.
 */
export function encryptScalar(scalar: Scalar, dataKey: KeyObject, additionalData: string): string {
  const plain = scalarBytes(scalar);
  if (plain.length === 0) return '';
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, dataKey, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(additionalData));
  const data = Buffer.concat([
    typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain),
    cipher.final(),
  ]);
  const parts = [data, iv, cipher.getAuthTag()].map((part) => part.toString('base64'));
  return `ENC[AES256_GCM,data:${parts[0]},iv:${parts[1]},tag:${parts[2]},type:${scalar.type}]`;
}

/**
 * @throws SopsError `malformed-value` where the text is not in sops' form, `altered-value` where it is not what was
 * encrypted for this place with this key
 */
export function decryptScalar(text: string, dataKey: KeyObject, additionalData: string): Scalar {
  if (text === '') return { type: 'str', text: '' };
  const parts = partsOf(text);
  if (parts === undefined) throw new SopsError('malformed-value', 'it is not in the form ENC[AES256_GCM,…]');
  const { data, iv, tag, type } = parts;
  // A shortened tag would be easier to forge, so Node's own tolerance for short tags is not used.
  if (tag.length !== tagBytes) throw new SopsError('malformed-value', 'its tag is not 16 bytes long');
  if (iv.length === 0) throw new SopsError('malformed-value', 'its nonce is empty');
  const decipher = createDecipheriv(algorithm, dataKey, iv, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(additionalData));
  decipher.setAuthTag(tag);
  const opened = decipher.update(data);
  try {
    decipher.final();
  } catch {
    throw new SopsError('altered-value', 'it was altered, moved from another key, or encrypted with another data key');
  }
  return scalarOf(type, opened);
}

/** Without a regular expression: files of a thousand values pass here. */
function partsOf(text: string): { data: Buffer; iv: Buffer; tag: Buffer; type: string } | undefined {
  if (!text.startsWith(start) || !text.endsWith(']')) return undefined;
  const iv = text.indexOf(',iv:', start.length);
  const tag = text.indexOf(',tag:', iv);
  const type = text.indexOf(',type:', tag);
  if (iv < 0 || tag < 0 || type < 0) return undefined;
  const data = decodeBase64(text.slice(start.length, iv));
  const ivBytes = decodeBase64(text.slice(iv + 4, tag));
  const tagBytes = decodeBase64(text.slice(tag + 5, type));
  if (data === undefined || ivBytes === undefined || tagBytes === undefined) return undefined;
  return { data, iv: ivBytes, tag: tagBytes, type: text.slice(type + 6, -1) };
}

/** In its one canonical form; Node's own reading passes over what is none. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

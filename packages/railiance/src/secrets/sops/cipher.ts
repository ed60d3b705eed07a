import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import { type Scalar, scalarBytes, scalarOf } from './scalar.ts';
import { SopsError } from './sopsError.ts';

const algorithm = 'aes-256-gcm';
const ivBytes = 32;
const tagBytes = 16;
const base64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?';
const form = new RegExp(`^ENC\\[AES256_GCM,data:(${base64}),iv:(${base64}),tag:(${base64}),type:([a-z0-9]+)\\]$`);

/** Does the text claim to be encrypted? Whether it truly is, only `decryptScalar` can tell. */
export function looksEncrypted(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,');
}

/**
 * Encrypts one value: AES-256-GCM with a random 32-byte nonce, bound to its place by the additional data. An empty string
 * stays empty, as in sops.
 * Form: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, each part in base64.
 */
export function encryptScalar(scalar: Scalar, dataKey: Uint8Array, additionalData: string): string {
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
export function decryptScalar(text: string, dataKey: Uint8Array, additionalData: string): Scalar {
  if (text === '') return { type: 'str', text: '' };
  const match = form.exec(text);
  if (match === null) throw new SopsError('malformed-value', 'it is not in the form ENC[AES256_GCM,…]');
  const [, data = '', iv = '', tag = '', type = ''] = match;
  const tagBuffer = Buffer.from(tag, 'base64');
  const ivBuffer = Buffer.from(iv, 'base64');
  // A shortened tag would be easier to forge, so Node's own tolerance for short tags is not used.
  if (tagBuffer.length !== tagBytes) throw new SopsError('malformed-value', 'its tag is not 16 bytes long');
  if (ivBuffer.length === 0) throw new SopsError('malformed-value', 'its nonce is empty');
  const decipher = createDecipheriv(algorithm, dataKey, ivBuffer, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(additionalData));
  decipher.setAuthTag(tagBuffer);
  const opened = decipher.update(Buffer.from(data, 'base64'));
  try {
    decipher.final();
  } catch {
    throw new SopsError('altered-value', 'it was altered, moved from another key, or encrypted with another data key');
  }
  return scalarOf(type, opened);
}

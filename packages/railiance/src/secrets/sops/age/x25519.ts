import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

import { decodeBech32 } from './bech32.ts';

/** DER around the 32 bytes of a key (RFC 8410), since Node takes no bare ones. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');
const keyBytes = 32;

/** The private key of an `AGE-SECRET-KEY-1…`, or undefined where the text is none. */
export function x25519Identity(text: string): KeyObject | undefined {
  const bytes = text.startsWith('AGE-SECRET-KEY-1') ? decodeBech32(text, 'age-secret-key-') : undefined;
  if (bytes?.length !== keyBytes) return undefined;
  return createPrivateKey({ key: Buffer.concat([privatePrefix, bytes]), format: 'der', type: 'pkcs8' });
}

/** The public key of an `age1…`, or undefined where the text is none of this kind. */
export function x25519Recipient(text: string): Uint8Array | undefined {
  const bytes = text.startsWith('age1') ? decodeBech32(text, 'age') : undefined;
  return bytes?.length === keyBytes ? bytes : undefined;
}

/** A key made for one file. */
export function ephemeralKey(): KeyObject {
  return generateKeyPairSync('x25519').privateKey;
}

export function publicBytes(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-keyBytes);
}

/**
 * The key that wraps a file key between an ephemeral share and a recipient (age v1, X25519 recipient stanza).
 * @throws where the two share nothing (a point of low order)
 */
export function wrapKey(privateKey: KeyObject, peer: Uint8Array, share: Uint8Array, recipient: Uint8Array): Uint8Array {
  const publicKey = createPublicKey({ key: Buffer.concat([publicPrefix, peer]), format: 'der', type: 'spki' });
  const secret = diffieHellman({ privateKey, publicKey });
  const salt = Buffer.concat([share, recipient]);
  return new Uint8Array(hkdfSync('sha256', secret, salt, 'age-encryption.org/v1/X25519', keyBytes));
}

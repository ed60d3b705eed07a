import { createHash, type KeyObject } from 'node:crypto';

import { decryptScalar, encryptScalar } from './cipher.ts';
import type { Metadata } from './metadata.ts';
import { type Scalar, scalarBytes, stringScalar } from './scalar.ts';
import { SopsError } from './sopsError.ts';

/** A value with whether its rule has it encrypted. */
export interface Covered {
  readonly scalar: Scalar;
  readonly encrypted: boolean;
}

/** Starts the MAC of files with `mac_only_encrypted`, so that it never equals one over all values: sha256("sops"). */
const onlyEncryptedStart = Buffer.from('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69', 'hex');

/**
 * SHA-512 over the values in the order of the file, in capitals. Comments and nulls are not in it, nor are key names:
 * each value's additional data holds those.
 */
export function computeMac(values: Iterable<Covered>, macOnlyEncrypted: boolean): string {
  const hash = createHash('sha512');
  if (macOnlyEncrypted) hash.update(onlyEncryptedStart);
  for (const { scalar, encrypted } of values) {
    if (scalar.type === 'comment' || scalar.type === 'null') continue;
    if (encrypted || !macOnlyEncrypted) hash.update(scalarBytes(scalar));
  }
  return hash.digest('hex').toUpperCase();
}

export function encryptMac(mac: string, dataKey: KeyObject, lastModified: string): string {
  return encryptScalar(stringScalar(mac), dataKey, lastModified);
}

/** @throws SopsError `mac-missing` or `mac-mismatch` */
export function verifyMac(values: Iterable<Covered>, metadata: Metadata, dataKey: KeyObject): void {
  if (metadata.mac === undefined) {
    throw new SopsError(
      'mac-missing',
      'its MAC was taken out, so nothing says that the values are all there and in order',
    );
  }
  let expected: Scalar;
  try {
    expected = decryptScalar(metadata.mac, dataKey, goTime(metadata.lastModified));
  } catch {
    throw new SopsError('mac-mismatch', 'the MAC does not belong to its lastmodified, or was altered');
  }
  if (expected.text !== computeMac(values, metadata.macOnlyEncrypted)) {
    throw new SopsError('mac-mismatch', 'the values are not those, or not in the order, that the MAC was made over');
  }
}

/** The time as Go prints it again after reading it, which is what sops binds the MAC to. */
function goTime(text: string): string {
  return text.replace(/\.\d+/, '').replace(/[+-]00:00$/, 'Z');
}

import { randomBytes } from 'node:crypto';
import { armor, Decrypter, Encrypter } from 'age-encryption';

import type { AgeKey, Metadata } from './metadata.ts';
import { otherKeyServices } from './metadata.ts';
import { SopsError } from './sopsError.ts';

const dataKeyBytes = 32;

/** 256 random bits, made anew for each file. */
export function newDataKey(): Uint8Array {
  return randomBytes(dataKeyBytes);
}

/** @throws SopsError (unsupported) for a recipient that is no age public key */
export async function wrapDataKey(dataKey: Uint8Array, recipient: string): Promise<AgeKey> {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new SopsError('unsupported', `${JSON.stringify(recipient.slice(0, 80))} is not an age public key (age1…)`);
  }
  return { recipient, enc: armor.encode(await encrypter.encrypt(dataKey)) };
}

/**
 * The data key of a file, by the first identity that opens it.
 * @throws SopsError (no-matching-key) naming the recipients that could
 */
export async function unwrapDataKey(metadata: Metadata, identities: readonly string[]): Promise<Uint8Array> {
  const problems: string[] = [];
  for (const { recipient, enc } of metadata.age) {
    try {
      const decrypter = new Decrypter();
      for (const identity of identities) decrypter.addIdentity(identity);
      const dataKey = await decrypter.decrypt(armor.decode(enc));
      if (dataKey.length === dataKeyBytes) return dataKey;
      problems.push(`${recipient}: the data key is not ${dataKeyBytes} bytes long`);
    } catch (error) {
      problems.push(`${recipient}: ${identities.length === 0 ? 'no identity given' : reason(error)}`);
    }
  }
  const others = otherKeyServices(metadata);
  const also =
    others.length === 0 ? '' : `; it is also encrypted for ${others.join(', ')}, which only sops itself opens`;
  const none = metadata.age.length === 0 ? 'it has no age recipients' : problems.join('; ');
  throw new SopsError('no-matching-key', `none of the identities opens the data key (${none})${also}`);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

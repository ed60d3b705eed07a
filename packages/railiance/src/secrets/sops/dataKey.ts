import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { openSmallFile, sealSmallFile } from './age/smallFile.ts';
import { x25519Identity, x25519Recipient } from './age/x25519.ts';
import { type AgeKey, type Metadata, otherKeyServices } from './metadata.ts';
import { SopsError } from './sopsError.ts';

const dataKeyBytes = 32;

/** 256 random bits, made anew for each file. A `KeyObject` shows nothing, and is three times as fast as bytes. */
export function newDataKey(): KeyObject {
  return createSecretKey(randomBytes(dataKeyBytes));
}

/** @throws SopsError (bad-value) for what is no age public key, (unsupported) for keys of SSH and of age's plugins */
export async function wrapDataKey(dataKey: KeyObject, recipient: string): Promise<AgeKey> {
  const x25519 = x25519Recipient(recipient);
  if (x25519 !== undefined) return { recipient, enc: sealSmallFile(dataKey.export(), x25519) };
  const { armor, Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    // A plugin's recipients have its name before the last 1, which no data holds.
    const isOther = /^(ssh-|age1[a-z0-9-]+1)/.test(recipient);
    const shown = JSON.stringify(recipient.slice(0, 80));
    if (isOther) throw new SopsError('unsupported', `${shown} is a key of SSH or of an age plugin`);
    throw new SopsError('bad-value', `${shown} is not an age public key (age1…)`);
  }
  return { recipient, enc: armor.encode(await encrypter.encrypt(dataKey.export())) };
}

/**
 * The data key of a file, by the first identity that opens it.
 * @throws SopsError (no-matching-key) naming the recipients that could
 */
export async function unwrapDataKey(metadata: Metadata, identities: readonly string[]): Promise<KeyObject> {
  const problems: string[] = [];
  for (const { recipient, enc } of metadata.age) {
    try {
      const dataKey = await openWithAny(enc, identities);
      if (dataKey?.length === dataKeyBytes) return createSecretKey(dataKey);
      problems.push(`${recipient}: ${identities.length === 0 ? 'no identity given' : reasonFor(dataKey)}`);
    } catch (error) {
      problems.push(`${recipient}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const others = otherKeyServices(metadata);
  const also =
    others.length === 0 ? '' : `; it is also encrypted for ${others.join(', ')}, which only sops itself opens`;
  const none = metadata.age.length === 0 ? 'it has no age recipients' : problems.join('; ');
  throw new SopsError('no-matching-key', `none of the identities opens the data key (${none})${also}`);
}

async function openWithAny(enc: string, identities: readonly string[]): Promise<Uint8Array | undefined> {
  const rest: string[] = [];
  for (const identity of identities) {
    const x25519 = x25519Identity(identity);
    const opened = x25519 === undefined ? undefined : openSmallFile(enc, x25519);
    if (opened !== undefined) return opened;
    if (x25519 === undefined) rest.push(identity);
  }
  return rest.length === 0 ? undefined : await openByLibrary(enc, rest);
}

/** Post-quantum keys, and whatever else age will have. */
async function openByLibrary(enc: string, identities: readonly string[]): Promise<Uint8Array> {
  const { armor, Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  return await decrypter.decrypt(armor.decode(enc));
}

function reasonFor(dataKey: Uint8Array | undefined): string {
  return dataKey === undefined ? 'it is for another key' : `the data key is not ${dataKeyBytes} bytes long`;
}

import { generateX25519Identity, identityToRecipient } from 'age-encryption';

import { Secret } from '../domain/secret.ts';

export interface AgeKeyPair {
  readonly identity: Secret;
  /** Public; encrypts for the identity. */
  readonly recipient: string;
}

export async function generateAgeKey(): Promise<AgeKeyPair> {
  const identity = await generateX25519Identity();
  return { identity: new Secret(identity), recipient: await identityToRecipient(identity) };
}

export async function recipientOf(identity: Secret): Promise<string> {
  return await identityToRecipient(identity.reveal());
}

/** A `keys.txt` as `age-keygen` writes it. */
export function keyFileText({ identity, recipient }: AgeKeyPair, now: Date): string {
  return `# created: ${now.toISOString().replace(/\.\d+/, '')}\n# public key: ${recipient}\n${identity.reveal()}\n`;
}

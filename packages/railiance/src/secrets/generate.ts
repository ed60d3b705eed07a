import { randomBytes } from 'node:crypto';

import { Secret, type Secrets } from '../domain/secret.ts';

/** 256 random bits as 43 characters that need no quoting in an environment, a URL or a YAML file. */
export function generateSecret(): Secret {
  return new Secret(randomBytes(32).toString('base64url'));
}

/** Values for `names`: those that `existing` has stay as they are, the others are made. */
export function generateMissing(names: readonly string[], existing: Secrets): Secrets {
  const valueFor = (name: string) => (Object.hasOwn(existing, name) && existing[name]) || generateSecret();
  return Object.fromEntries(names.map((name) => [name, valueFor(name)]));
}

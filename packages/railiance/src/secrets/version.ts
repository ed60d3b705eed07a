import { createHmac } from 'node:crypto';

import { Failure } from '../domain/failure.ts';
import type { Secrets } from '../domain/secret.ts';

/** 64 hex digits; checked at use, because a version becomes a file name. */
const versionPattern = /^[0-9a-f]{64}$/;

/** HMAC-SHA256 of names and values, in the order of the names, so that no order of insertion changes it. */
export function versionOf(key: Uint8Array, values: Secrets): string {
  const pairs = Object.entries(values)
    .map(([name, value]): [string, string] => [name, value.reveal()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', key).update(JSON.stringify(pairs)).digest('hex');
}

/** @throws Failure where the text cannot be a version */
export function assertVersion(version: string): string {
  if (versionPattern.test(version)) return version;
  throw new Failure('read secrets', `${JSON.stringify(version.slice(0, 80))} is not a version of the secret store`);
}

import type { Target } from '../domain/name.ts';
import type { Secrets } from '../domain/secret.ts';

/**
 * Keeps the secret values of each app on each stage as immutable versions: a rollback gets the values of its release.
 * A version is a keyed hash (HMAC-SHA256 with the store's own key) of names and values: the same values give the same
 * version, and a low-entropy value cannot be guessed from it.
 */
export interface SecretStore {
  /** Stores the values if they are new. Returns their version. */
  put(target: Target, values: Secrets): Promise<string>;
  /** @throws Failure when the version is not there or is damaged */
  get(target: Target, version: string): Promise<Secrets>;
  versions(target: Target): Promise<readonly string[]>;
  remove(target: Target, version: string): Promise<void>;
  /** Newest version that was put, undefined for a new target. */
  latest(target: Target): Promise<string | undefined>;
}

import { randomBytes } from 'node:crypto';

import { Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { Secrets } from '../domain/secret.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import { assertVersion, versionOf } from '../secrets/version.ts';

/** The secret store without a disk; passes the same contract as the file store. */
export function createMemorySecretStore(): SecretStore {
  const key = randomBytes(32);
  // In a Map the version that was put last is the last of its order.
  const targets = new Map<string, Map<string, Secrets>>();
  const versionsOf = (target: Target) => targets.get(targetLabel(target)) ?? new Map<string, Secrets>();

  return {
    async put(target, values) {
      const version = versionOf(key, values);
      const versions = versionsOf(target);
      versions.delete(version);
      targets.set(targetLabel(target), versions.set(version, Object.freeze({ ...values })));
      return version;
    },
    async get(target, version) {
      const values = versionsOf(target).get(assertVersion(version));
      if (values) return values;
      throw new Failure(
        `read secrets of ${targetLabel(target)}`,
        `version ${version.slice(0, 12)} is not in the store`,
      );
    },
    async versions(target) {
      return [...versionsOf(target).keys()].sort();
    },
    async remove(target, version) {
      versionsOf(target).delete(assertVersion(version));
    },
    async latest(target) {
      return [...versionsOf(target).keys()].at(-1);
    },
  };
}

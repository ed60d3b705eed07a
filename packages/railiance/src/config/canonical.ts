import { createHash } from 'node:crypto';

import type { AppSpec } from '../domain/app.ts';

/** JSON whose keys are sorted and whose absent values are left out: the same value gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(entries);
  });
}

/**
 * sha256 (64 hex digits) of the canonical JSON of a configuration. Where the checkout lies on this machine is no part of
 * it: the same app.toml has the same hash everywhere.
 */
export function configurationHash({ directory: _directory, file: _file, ...configuration }: AppSpec): string {
  return createHash('sha256').update(canonicalJson(configuration)).digest('hex');
}

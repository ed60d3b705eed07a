import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { Failure, problemOf } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';
import { replaceDurably } from '../files/durableFile.ts';
import type { SecretStore } from './secretStore.ts';

const schema = 'railiance.revocations.v1';

/** A version of a stage's secrets that holds a leaked value. No release with it may be brought back. */
export interface Revocation {
  readonly version: string;
  /** Names whose values leaked. */
  readonly names: readonly string[];
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

/** What was revoked, kept with each app and stage. Nothing is ever taken back: a leak stays a leak. */
export interface Revocations {
  list(target: Target): Promise<readonly Revocation[]>;
  /** The revocation of a version, undefined where it may be used. */
  of(target: Target, version: string): Promise<Revocation | undefined>;
  /** Idempotent for a version and name. */
  add(target: Target, revocation: Revocation): Promise<void>;
}

export function createFileRevocations(home: Home): Revocations {
  const fileOf = (target: Target) => join(home.target(target), 'revocations.json');
  const list = async (target: Target): Promise<readonly Revocation[]> => {
    const file = fileOf(target);
    try {
      const document = JSON.parse(await readFile(file, 'utf8')) as { schema?: unknown; revocations?: unknown };
      if (document.schema !== schema || !Array.isArray(document.revocations)) throw new Error(`it is not ${schema}`);
      return document.revocations as Revocation[];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      // Unreadable must not mean that nothing was revoked.
      throw new Failure(`read ${file}`, problemOf(error), { hint: 'restore it from a backup', cause: error });
    }
  };
  return {
    list,
    of: async (target, version) => (await list(target)).find((revocation) => revocation.version === version),
    async add(target, revocation) {
      const known = await list(target);
      const same = known.find(({ version }) => version === revocation.version);
      const next = withMoreNames(same, revocation);
      if (next === same) return;
      const revocations = [...known.filter((other) => other !== same), next];
      await replaceDurably(fileOf(target), `${JSON.stringify({ schema, revocations }, null, 2)}\n`);
    },
  };
}

/** What is to be kept of a version that may be revoked already; the same object where that says it all. */
export function withMoreNames(known: Revocation | undefined, revocation: Revocation): Revocation {
  const names = [...new Set([...(known?.names ?? []), ...revocation.names])];
  return known !== undefined && names.length === known.names.length ? known : { ...revocation, names };
}

/** Versions of a stage's secrets in which one of the leaked values stands, with the names that have it. */
export async function versionsHolding(
  store: SecretStore,
  target: Target,
  leaked: ReadonlySet<string>,
): Promise<readonly { readonly version: string; readonly names: readonly string[] }[]> {
  const found: { version: string; names: string[] }[] = [];
  for (const version of await store.versions(target)) {
    const values = await store.get(target, version);
    const names = Object.entries(values).flatMap(([name, value]) => (leaked.has(value.reveal()) ? [name] : []));
    if (names.length > 0) found.push({ version, names });
  }
  return found;
}

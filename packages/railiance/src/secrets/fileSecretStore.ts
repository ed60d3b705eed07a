import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import { createDurably, replaceDurably, syncFolder } from '../files/durableFile.ts';
import type { SecretStore } from './secretStore.ts';
import { parseValues, serialiseValues } from './storedValues.ts';
import { storeKey } from './storeKey.ts';
import { assertVersion, versionOf } from './version.ts';

/**
 * Secrets as files of this machine: `<home>/apps/<app>/<stage>/secrets/<version>.json`, mode 0600 in a folder 0700,
 * each written once and never changed. Reading makes the version again from what was read, so that a damaged or
 * edited file is refused. `latest` holds the version that was put last.
 */
export function createFileSecretStore({ home }: { readonly home: Home }): SecretStore {
  const folderOf = (target: Target) => join(home.target(target), 'secrets');
  const fileOf = (target: Target, version: string) => join(folderOf(target), `${assertVersion(version)}.json`);
  const latestFile = (target: Target) => join(folderOf(target), 'latest');

  const isSound = async (target: Target, version: string) => {
    const values = parseValues(await readFile(fileOf(target, version), 'utf8'));
    return values !== undefined && versionOf(await storeKey(home), values) === version;
  };

  const store: SecretStore = {
    async put(target, values) {
      const version = versionOf(await storeKey(home), values);
      const created = await createDurably(fileOf(target, version), serialiseValues(values));
      // The same version means the same values, so a damaged file of it can be mended here, before a rollback needs it.
      if (!created && !(await isSound(target, version)))
        await replaceDurably(fileOf(target, version), serialiseValues(values));
      await replaceDurably(latestFile(target), version);
      return version;
    },

    async get(target, version) {
      const text = await readFile(fileOf(target, version), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw unreadable(target, version, 'is not in the store');
        throw error;
      });
      const values = parseValues(text);
      if (!values || versionOf(await storeKey(home), values) !== version) {
        throw unreadable(target, version, `is damaged (${fileOf(target, version)})`);
      }
      return values;
    },

    async versions(target) {
      const names = await readdir(folderOf(target)).catch(ignoreMissing<string[]>([]));
      return names
        .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
        .map((name) => name.slice(0, -'.json'.length))
        .sort();
    },

    async remove(target, version) {
      await rm(fileOf(target, version), { force: true });
      await syncFolder(folderOf(target)).catch(ignoreMissing(undefined));
    },

    async latest(target) {
      const versions = await store.versions(target);
      const last = await readFile(latestFile(target), 'utf8').catch(ignoreMissing(''));
      if (versions.includes(last)) return last;
      return await newest(versions, (version) => fileOf(target, version));
    },
  };
  return store;
}

/** Where the version that was put last has been removed, the newest of the rest takes its place. */
async function newest(versions: readonly string[], fileOf: (version: string) => string): Promise<string | undefined> {
  const dated = await Promise.all(
    versions.map(async (version) => ({ version, atMs: (await stat(fileOf(version))).mtimeMs })),
  );
  return dated.sort((a, b) => b.atMs - a.atMs)[0]?.version;
}

function unreadable(target: Target, version: string, problem: string): Failure {
  return new Failure(`read secrets of ${targetLabel(target)}`, `version ${version.slice(0, 12)} ${problem}`, {
    hint: 'restore the file from a backup, or deploy again: the values are then stored as a new version',
    exitCode: exitCodes.needsPerson,
  });
}

function ignoreMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}

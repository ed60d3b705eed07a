import { readdir, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';

import type { Home } from '../config/home.ts';
import type { Target } from '../domain/name.ts';
import { replaceDurably } from '../files/durableFile.ts';
import { assertVersion } from './version.ts';

/** An app's SOPS file as it stood when a release was made: without a key it tells nothing but names. */
export interface SealedCopy {
  readonly text: string;
  /** Of the file it was read from, for its format: `.yaml`, `.json`, `.env`, … */
  readonly extension: string;
}

/**
 * Keeps the ciphertext beside each version of a stage's secrets. A release records its hash; `secrets diff --release`
 * compares with it.
 */
export interface SealedCopies {
  /** Newer ciphertexts of the same values take the place of older ones. */
  keep(target: Target, version: string, copy: SealedCopy): Promise<void>;
  /** Undefined where the values came from no file. */
  get(target: Target, version: string): Promise<SealedCopy | undefined>;
  versions(target: Target): Promise<readonly string[]>;
  remove(target: Target, version: string): Promise<void>;
}

const fileName = /^([0-9a-f]{64})\.sops(\.[a-z]{1,8})$/;

/** As files of this machine: `<home>/apps/<app>/<stage>/secrets/<version>.sops.yaml`. */
export function createSealedCopies(home: Home): SealedCopies {
  const folderOf = (target: Target) => join(home.target(target), 'secrets');
  const filesOf = async (target: Target) => {
    const names = await readdir(folderOf(target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.flatMap((name) => {
      const [, version, extension] = fileName.exec(name) ?? [];
      return version && extension ? [{ version, extension, file: join(folderOf(target), name) }] : [];
    });
  };
  const find = async (target: Target, version: string) => {
    assertVersion(version);
    return (await filesOf(target)).filter((found) => found.version === version);
  };

  return {
    async keep(target, version, { text, extension }) {
      const file = join(folderOf(target), `${assertVersion(version)}.sops${extension}`);
      await replaceDurably(file, text);
      const others = (await find(target, version)).filter((found) => found.file !== file);
      for (const other of others) await rm(other.file, { force: true });
    },
    async get(target, version) {
      const [found] = await find(target, version);
      return found && { text: await readFile(found.file, 'utf8'), extension: extname(found.file) };
    },
    async versions(target) {
      return (await filesOf(target)).map(({ version }) => version).sort();
    },
    async remove(target, version) {
      for (const { file } of await find(target, version)) await rm(file, { force: true });
    },
  };
}

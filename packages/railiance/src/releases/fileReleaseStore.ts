import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createDurably } from '../config/durableFile.ts';
import type { Home } from '../config/home.ts';
import { isName, type Target } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';
import { assertNotStale, noSuchRelease } from './fencing.ts';
import { parseRelease, type StoredRelease, serialiseRelease } from './releaseFile.ts';
import type { ReleaseStore } from './releaseStore.ts';

/**
 * Releases as files of this machine, `<home>/apps/<app>/<stage>/releases/<number>.json`. The file with the highest
 * number is the head: creating it exclusively both records the release and makes it the head, so that no crash can leave
 * one without the other, and a writer that slept finds its number taken.
 */
export function createFileReleaseStore({ home }: { readonly home: Home }): ReleaseStore {
  const folderOf = (target: Target) => join(home.target(target), 'releases');
  const fileOf = (target: Target, number: number) => join(folderOf(target), `${String(number).padStart(6, '0')}.json`);

  /** Newest first. */
  const numbersOf = async (target: Target) => {
    const numbers = (await namesIn(folderOf(target))).flatMap((name) => /^(\d{6,})\.json$/.exec(name)?.[1] ?? []);
    return numbers.map(Number).sort((a, b) => b - a);
  };

  const read = async (target: Target, number: number): Promise<StoredRelease> => {
    const file = fileOf(target, number);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') noSuchRelease(target, number);
      throw error;
    });
    return parseRelease(text, { target, number, file });
  };

  const readAll = async (target: Target) =>
    await Promise.all((await numbersOf(target)).map(async (number) => await read(target, number)));

  return {
    async record(release, fencing) {
      for (;;) {
        const all = await readAll(release);
        assertNotStale(release, fencing, all[0]?.fencing);
        const same = all.find((stored) => stored.release.runId === release.runId);
        if (same) return same.release;
        const numbered: Release = { ...release, number: (all[0]?.release.number ?? 0) + 1 };
        const created = await createDurably(fileOf(release, numbered.number), serialiseRelease(numbered, fencing));
        if (created) return numbered;
      }
    },

    async head(target) {
      const [current] = await numbersOf(target);
      return current === undefined ? undefined : { current, fencing: (await read(target, current)).fencing };
    },

    get: async (target, number) => (await read(target, number)).release,

    list: async (target) => (await readAll(target)).map(({ release }) => release),

    async targets() {
      const apps = (await namesIn(join(home.root, 'apps'))).filter(isName);
      const found = apps.map(async (app) => {
        const stages = (await namesIn(join(home.root, 'apps', app))).filter(isName);
        return stages.map((stage) => ({ app, stage }));
      });
      const all = (await Promise.all(found)).flat();
      const recorded = await Promise.all(all.map(async (target) => (await numbersOf(target)).length > 0));
      return all.filter((_, at) => recorded[at]);
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (
    await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    })
  ).sort();
}

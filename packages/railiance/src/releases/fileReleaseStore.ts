import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { createDurably } from '../config/durableFile.ts';
import type { Home } from '../config/home.ts';
import { isName, type Target } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';
import { assertNotStale, noSuchRelease } from './fencing.ts';
import { parseRelease, type StoredRelease, serialiseRelease } from './releaseFile.ts';
import type { ReleaseStore } from './releaseStore.ts';

/** Far more than a configuration and its checks need: anything longer is damage. */
const longestBytes = 16 << 20;

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
    const { size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') noSuchRelease(target, number);
      throw error;
    });
    const text = size > longestBytes ? '' : await readFile(file, 'utf8');
    return parseRelease(text, { target, number, file });
  };

  /** An old record that is damaged must not keep new ones from being written. */
  const ofRun = async ({ runId, ...target }: Omit<Release, 'number'>, numbers: readonly number[]) => {
    for (const number of numbers) {
      const found = await read(target, number).catch(() => undefined);
      if (found?.release.runId === runId) return found.release;
    }
    return undefined;
  };

  return {
    async record(release, fencing) {
      for (;;) {
        const numbers = await numbersOf(release);
        const [newest = 0] = numbers;
        if (newest > 0) assertNotStale(release, fencing, (await read(release, newest)).fencing);
        const same = await ofRun(release, numbers);
        if (same) return same;
        const numbered: Release = { ...release, number: newest + 1 };
        const created = await createDurably(fileOf(release, numbered.number), serialiseRelease(numbered, fencing));
        if (created) return numbered;
      }
    },

    async head(target) {
      const [current] = await numbersOf(target);
      return current === undefined ? undefined : { current, fencing: (await read(target, current)).fencing };
    },

    get: async (target, number) => (await read(target, number)).release,

    async list(target) {
      const numbers = await numbersOf(target);
      return await Promise.all(numbers.map(async (number) => (await read(target, number)).release));
    },

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

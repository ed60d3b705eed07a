import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { isName, type Target } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';
import { createDurably } from '../files/durableFile.ts';
import { assertNotStale, noSuchRelease } from './fencing.ts';
import { parseRelease, type StoredRelease, serialiseRelease } from './releaseFile.ts';
import type { ReleaseStore } from './releaseStore.ts';

/** Far more than a configuration and its checks need: anything longer is damage. */
const longestBytes = 16 << 20;

/**
 * Releases as files of this machine, `<home>/apps/<app>/<stage>/releases/<number>.json`. The file with the highest
 * number is the head: creating it exclusively both records the release and makes it the head, so that no crash can leave
 * one without the other, and a writer that slept finds its number taken. They are read without Node's thread pool, which
 * takes longer than such small files do.
 */
export function createFileReleaseStore({ home }: { readonly home: Home }): ReleaseStore {
  const folderOf = (target: Target) => join(home.target(target), 'releases');
  const fileOf = (target: Target, number: number) => join(folderOf(target), `${String(number).padStart(6, '0')}.json`);

  /** Newest first. */
  const numbersOf = (target: Target) => {
    const numbers = namesIn(folderOf(target)).flatMap((name) => /^(\d{6,})\.json$/.exec(name)?.[1] ?? []);
    return numbers.map(Number).sort((a, b) => b - a);
  };

  const read = (target: Target, number: number): StoredRelease => {
    const file = fileOf(target, number);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) noSuchRelease(target, number);
    const text = found.size > longestBytes ? '' : readFileSync(file, 'utf8');
    return parseRelease(text, { target, number, file });
  };

  /** An old record that is damaged must not keep new ones from being written. */
  const ofRun = ({ runId, ...target }: Omit<Release, 'number'>, numbers: readonly number[]) => {
    for (const number of numbers) {
      try {
        const { release } = read(target, number);
        if (release.runId === runId) return release;
      } catch {}
    }
    return undefined;
  };

  return {
    async record(release, fencing) {
      for (;;) {
        const numbers = numbersOf(release);
        const [newest = 0] = numbers;
        if (newest > 0) assertNotStale(release, fencing, read(release, newest).fencing);
        const same = ofRun(release, numbers);
        if (same) return same;
        const numbered: Release = { ...release, number: newest + 1 };
        const created = await createDurably(fileOf(release, numbered.number), serialiseRelease(numbered, fencing));
        if (created) return numbered;
      }
    },

    async head(target) {
      const [current] = numbersOf(target);
      return current === undefined ? undefined : { current, fencing: read(target, current).fencing };
    },

    async newest(target) {
      const [current] = numbersOf(target);
      return current === undefined ? undefined : read(target, current).release;
    },

    get: async (target, number) => read(target, number).release,

    list: async (target) => numbersOf(target).map((number) => read(target, number).release),

    async targets() {
      const apps = namesIn(join(home.root, 'apps')).filter(isName);
      const all = apps.flatMap((app) => {
        const stages = namesIn(join(home.root, 'apps', app)).filter(isName);
        return stages.map((stage) => ({ app, stage }));
      });
      return all.filter((target) => numbersOf(target).length > 0);
    },
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

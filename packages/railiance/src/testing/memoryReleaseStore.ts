import { type Target, targetLabel } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';
import { assertNotStale, noSuchRelease } from '../releases/fencing.ts';
import type { ReleaseStore } from '../releases/releaseStore.ts';

/** Releases in memory; keeps copies, so that a record cannot be changed from outside. */
export function createMemoryReleaseStore(): ReleaseStore {
  const stored = new Map<string, { target: Target; releases: Release[]; fencing: number }>();
  const of = ({ app, stage }: Target) => {
    const key = targetLabel({ app, stage });
    const found = stored.get(key) ?? { target: { app, stage }, releases: [], fencing: 0 };
    stored.set(key, found);
    return found;
  };

  return {
    async record(release, fencing) {
      const entry = of(release);
      assertNotStale(release, fencing, entry.releases.length > 0 ? entry.fencing : undefined);
      const same = entry.releases.find(({ runId }) => runId === release.runId);
      if (same) return structuredClone(same);
      const numbered = structuredClone({ ...release, number: entry.releases.length + 1 });
      entry.releases.push(numbered);
      entry.fencing = fencing;
      return structuredClone(numbered);
    },
    async head(target) {
      const { releases, fencing } = of(target);
      return releases.length === 0 ? undefined : { current: releases.length, fencing };
    },
    newest: async (target) => structuredClone(of(target).releases.at(-1)),
    async get(target, number) {
      return structuredClone(of(target).releases[number - 1] ?? noSuchRelease(target, number));
    },
    list: async (target) => structuredClone(of(target).releases.toReversed()),
    targets: async () =>
      [...stored.values()].filter(({ releases }) => releases.length > 0).map(({ target }) => ({ ...target })),
  };
}

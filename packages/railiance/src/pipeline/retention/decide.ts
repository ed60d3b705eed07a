import type { Release } from '../../domain/release.ts';
import { originOf, rollbackTarget } from '../plan/rollbackTarget.ts';

/** What is on record for one stage. */
export interface StageHistory {
  readonly stage: string;
  /** Newest first. */
  readonly releases: readonly Release[];
  /** Versions of secrets that were revoked: releases with one do not come back. */
  readonly revoked: ReadonlySet<string>;
}

/** One image of the app by its tag. */
export interface Version {
  readonly tag: string;
  /** Larger is newer; absent where nobody knows. */
  readonly age?: number;
}

export interface Kept {
  readonly tag: string;
  /** In words, at least one. */
  readonly reasons: readonly string[];
}

export interface Decision {
  readonly kept: readonly Kept[];
  /** Tags, oldest first. */
  readonly unneeded: readonly string[];
}

/**
 * Which images stay, and why: what any stage serves, returns to or keeps, the newest `keep` versions, and everything that
 * cannot be shown to be old.
 */
export function decideRetention(versions: readonly Version[], stages: readonly StageHistory[], keep: number): Decision {
  const released = new Map<string, string[]>();
  for (const stage of stages) {
    for (const [release, reason] of keptReleases(stage, keep)) {
      const { tag } = release.artifact.revision;
      released.set(tag, [...(released.get(tag) ?? []), reason]);
    }
  }
  const aged = versions.filter((version): version is Required<Version> => version.age !== undefined);
  const newestFirst = aged.toSorted((one, other) => other.age - one.age);
  const recent = new Set(newestFirst.slice(0, keep).map(({ tag }) => tag));
  const kept = versions.flatMap(({ tag, age }): Kept[] => {
    const reasons = [
      ...new Set(released.get(tag) ?? []),
      ...(recent.has(tag) ? [`one of the last ${keep} versions`] : []),
      ...(age === undefined ? ['nobody here knows how old it is'] : []),
    ];
    return reasons.length > 0 ? [{ tag, reasons }] : [];
  });
  const stays = new Set(kept.map(({ tag }) => tag));
  return {
    kept,
    unneeded: newestFirst
      .map(({ tag }) => tag)
      .filter((tag) => !stays.has(tag))
      .reverse(),
  };
}

/** Releases whose image and secrets stay, each with the reason. */
export function keptReleases({ stage, releases, revoked }: StageHistory, keep: number): ReadonlyMap<Release, string> {
  const kept = new Map<Release, string>();
  const [current] = releases;
  if (!current) return kept;
  for (const release of releases.slice(0, keep)) kept.set(release, `one of the last ${keep} releases of ${stage}`);
  // A revocation may be taken for one of today only: what would come back without it stays as well.
  const isRevoked = ({ secrets }: Release) => revoked.has(secrets.version);
  for (const target of [rollbackTarget(releases), rollbackTarget(releases, isRevoked)]) {
    if (target) kept.set(target, `${stage} would roll back to it`);
  }
  kept.set(originOf(current, releases), `it serves on ${stage}`);
  return kept.set(current, `it serves on ${stage}`);
}

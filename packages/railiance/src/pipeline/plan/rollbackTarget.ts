import type { Release } from '../../domain/release.ts';
import { isSameRelease } from '../sameRelease.ts';

/**
 * The release that a rollback brings back unless one is named: the newest before the current one that differs from it in
 * image, configuration or secrets. A current release that is itself a rollback counts as the one it restored, so that
 * rolling back again goes further back, not to and fro. Barred releases are passed over. Undefined where there is nothing
 * earlier.
 */
export function rollbackTarget(
  newestFirst: readonly Release[],
  isBarred: (release: Release) => boolean = () => false,
): Release | undefined {
  const [current] = newestFirst;
  if (!current) return undefined;
  const origin = originOf(current, newestFirst);
  const earlier = newestFirst.filter(({ number }) => number < origin.number);
  const target = earlier.find((release) => !isSameRelease(release, current) && !isBarred(release));
  return target && originOf(target, newestFirst);
}

/** Follows rollbacks to the release whose image, configuration and secrets came back. */
export function originOf(release: Release, all: readonly Release[]): Release {
  let origin = release;
  // Each step leads to a lower number; a record that says otherwise is not followed.
  for (;;) {
    const { number, restores } = origin;
    const next = all.find((other) => other.number === restores);
    if (!next || next.number >= number) return origin;
    origin = next;
  }
}

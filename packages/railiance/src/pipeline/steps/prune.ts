import { problemOf } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import type { Release } from '../../domain/release.ts';
import { rollbackTarget } from '../plan/rollbackTarget.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';

export interface PruneInput {
  readonly target: Target;
  /** Releases of each stage whose image and secrets stay. */
  readonly keep: number;
}

export interface PruneOutput {
  readonly images: readonly string[];
  readonly secretVersions: number;
  readonly freedBytes: number;
}

type Ports = Pick<StepPorts, 'images' | 'releases' | 'secrets' | 'sealedCopies'>;

/**
 * Removes images and secrets of releases that no stage serves, returns to or keeps. The release is on record already, so
 * that a failure here is a warning. Records of releases stay.
 */
export function createPruneStep(ports: Ports) {
  return defineStep<PruneInput, PruneOutput>({
    name: 'prune',
    async run(input) {
      try {
        const output = await prune(input, ports);
        const { images, secretVersions, freedBytes } = output;
        const changed = images.length + secretVersions > 0;
        const observed = changed
          ? `${images.length} images and ${secretVersions} versions of secrets, ${(freedBytes / 1e6).toFixed(1)} MB`
          : 'nothing to remove';
        return { status: 'succeeded', output, observed, changed };
      } catch (error) {
        const output = { images: [], secretVersions: 0, freedBytes: 0 };
        const warnings = [`clean-up did not end: ${problemOf(error)}`];
        return { status: 'succeeded', output, observed: 'not cleaned up', changed: false, warnings };
      }
    },
  });
}

async function prune(
  { target, keep }: PruneInput,
  { images, releases, secrets, sealedCopies }: Ports,
): Promise<PruneOutput> {
  const stages = (await releases.targets()).filter(({ app }) => app === target.app);
  const all = await Promise.all(stages.map(async (stage) => await releases.list(stage)));
  const kept = new Set(all.flatMap((list) => keptReleases(list, keep)));
  const digests = (list: Iterable<Release>) => new Set([...list].map(({ artifact }) => artifact.manifestDigest));
  const dropped = all.flat().filter((release) => !kept.has(release));
  const { removed, freedBytes } = await images.prune(target.app, digests(dropped), digests(kept));

  const here = [...kept].filter(({ stage }) => stage === target.stage);
  const needed = new Set([...here.map((release) => release.secrets.version), await secrets.latest(target)]);
  const unneeded = (await secrets.versions(target)).filter((version) => !needed.has(version));
  for (const version of unneeded) {
    await sealedCopies?.remove(target, version);
    await secrets.remove(target, version);
  }
  return { images: removed, secretVersions: unneeded.length, freedBytes };
}

/** Newest first: what serves, the last ones, and what a rollback would bring back. */
function keptReleases(newestFirst: readonly Release[], keep: number): readonly Release[] {
  const target = rollbackTarget(newestFirst);
  return newestFirst.filter((release, at) => at < Math.max(1, keep) || release === target);
}

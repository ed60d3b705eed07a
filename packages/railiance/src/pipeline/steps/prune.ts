import { problemOf } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import type { Release } from '../../domain/release.ts';
import { keptReleases, type StageHistory } from '../retention/decide.ts';
import { storedHistories } from '../retention/histories.ts';
import { decideLayout } from '../retention/layoutImages.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import { createMadeAhead } from './madeAhead.ts';

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

type Ports = Pick<StepPorts, 'images' | 'releases' | 'revocations' | 'secrets' | 'sealedCopies'>;

/**
 * Removes images from the layout of this machine, released or only built, that no stage serves, returns to or keeps and
 * that are not among the last ones; and secrets of this stage's releases by the same rule. The release is on record already, so
 * that a failure here is a warning. Records of releases stay.
 */
export function createPruneStep(ports: Ports) {
  const early = createMadeAhead<readonly StageHistory[]>();
  return defineStep<PruneInput, PruneOutput>({
    name: 'prune',

    // This release is on record by then.
    ahead: {
      during: 'retire',
      async run({ target }, { runId }) {
        const found = storedHistories(target.app, ports);
        early.keep(runId, found);
        await found;
      },
    },

    async run(input, { runId }) {
      try {
        const histories = (await early.take(runId)) ?? (await storedHistories(input.target.app, ports));
        const output = await prune(input, histories, ports);
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
  histories: readonly StageHistory[],
  ports: Ports,
): Promise<PruneOutput> {
  const { app, stage } = target;
  const { unneeded, digests } = await decideLayout(app, keep, histories, ports.images);
  const { removed, freedBytes } = await ports.images.prune(app, new Set(unneeded), digests);
  const own = histories.find((history) => history.stage === stage);
  const secretVersions = own ? await pruneSecrets(target, [...keptReleases(own, keep).keys()], ports) : 0;
  return { images: removed, secretVersions, freedBytes };
}

async function pruneSecrets(
  target: Target,
  kept: readonly Release[],
  { secrets, sealedCopies }: Ports,
): Promise<number> {
  const [latest, versions] = await Promise.all([secrets.latest(target), secrets.versions(target)]);
  const needed = new Set([...kept.map((release) => release.secrets.version), latest]);
  const unneeded = versions.filter((version) => !needed.has(version));
  for (const version of unneeded) {
    await sealedCopies?.remove(target, version);
    await secrets.remove(target, version);
  }
  return unneeded.length;
}

import type { Digest } from '../../domain/artifact.ts';
import type { ImageStore } from '../imageStore.ts';
import { type Decision, decideRetention, keptReleases, type StageHistory } from './decide.ts';

export interface LayoutDecision extends Decision {
  /** Manifests of releases that are kept, whatever names them. */
  readonly digests: ReadonlySet<Digest>;
}

/**
 * What may go from the layout of this machine, released or only built.
 * @param stages all that run images of the app
 */
export async function decideLayout(
  app: string,
  keep: number,
  stages: readonly StageHistory[],
  images: Pick<ImageStore, 'versions'>,
): Promise<LayoutDecision> {
  const kept = stages.flatMap((history) => [...keptReleases(history, keep).keys()]);
  const digests = new Set(kept.map(({ artifact }) => artifact.manifestDigest));
  return { ...decideRetention(await images.versions(app), stages, keep), digests };
}

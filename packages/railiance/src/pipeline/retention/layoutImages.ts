import type { Digest } from '../../domain/artifact.ts';
import type { StepPorts } from '../stepPorts.ts';
import { type Decision, decideRetention, keptReleases } from './decide.ts';
import { storedHistories } from './histories.ts';

type Ports = Pick<StepPorts, 'images' | 'releases' | 'machineReleases' | 'revocations'>;

export interface LayoutDecision extends Decision {
  /** Manifests of releases that are kept, whatever names them. */
  readonly digests: ReadonlySet<Digest>;
}

/** What may go from the layout of this machine, released or only built. */
export async function decideLayout(app: string, keep: number, ports: Ports): Promise<LayoutDecision> {
  const { images, releases, machineReleases = releases } = ports;
  const stages = await storedHistories(app, { ...ports, releases: machineReleases });
  const kept = stages.flatMap((history) => [...keptReleases(history, keep).keys()]);
  const digests = new Set(kept.map(({ artifact }) => artifact.manifestDigest));
  return { ...decideRetention(await images.versions(app), stages, keep), digests };
}

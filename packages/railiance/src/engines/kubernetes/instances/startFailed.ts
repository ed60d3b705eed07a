import type { Cause, Evidence } from '../../../domain/verdict.ts';
import { type InstanceSpec, StartFailed } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';

/** Keeps why an instance did not come up, for whoever asks later. */
export async function startFailed(
  { ended, clock }: Cluster,
  { app, stage, id }: InstanceSpec,
  cause: Cause,
  evidence: Evidence,
): Promise<StartFailed> {
  await ended
    .put({ app, stage }, { id, at: clock.now().toISOString(), reason: cause.summary, evidence })
    .catch(() => {});
  return new StartFailed(cause, evidence);
}

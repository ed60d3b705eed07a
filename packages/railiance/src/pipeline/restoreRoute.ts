import type { Target } from '../domain/name.ts';
import { placementOf } from './placement.ts';
import { instanceIdOf } from './runId.ts';
import type { StepContext } from './step.ts';
import type { StepPorts } from './stepPorts.ts';

/**
 * Leads the route back to the instance that served before a run; where that one is gone, to a new instance of the
 * release on record. Does nothing where there is neither: a first deploy has nothing to return to.
 */
export async function restoreRoute(
  target: Target,
  previous: string | null,
  context: StepContext,
  { engine, images, releases }: Pick<StepPorts, 'engine' | 'images' | 'releases'>,
): Promise<void> {
  const { active, others } = await engine.status(target);
  if (previous !== null && active?.id === previous) return;
  if (others.some(({ id, state }) => id === previous && state === 'ready')) {
    return await engine.activate(target, previous as string, context);
  }
  const release = await releases.newest(target);
  if (!release) return;
  const { artifact, published, spec, secrets, runId } = release;
  const id = `${instanceIdOf(runId, context.runId)}-back`;
  const labels = { tag: artifact.revision.tag, run: runId };
  const { layoutDir } = images;
  const deploy = placementOf(spec);
  const image = published && { image: published.reference };
  const what = { ...target, id, artifact, layoutDir, ...image, deploy, run: spec.run, labels };
  await engine.start({ ...what, secretsVersion: secrets.version }, context);
  await engine.activate(target, id, context);
}

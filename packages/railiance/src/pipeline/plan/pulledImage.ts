import type { AppSpec } from '../../domain/app.ts';
import type { Artifact } from '../../domain/artifact.ts';
import type { PlannedStep } from '../../domain/plan.ts';
import type { PublishedImage } from '../../domain/registry.ts';
import type { Release } from '../../domain/release.ts';
import type { Stage } from '../../domain/stage.ts';
import { repositoryOfStage } from './imageRepository.ts';
import { planned } from './plannedSteps.ts';

interface Verifying {
  /** Absent: the one that is built in this run. */
  readonly artifact?: Artifact;
  readonly published?: PublishedImage | undefined;
  readonly goesOn?: boolean;
}

/** Looks at the image on this machine; for a stage that pulls, else at the registry. */
export function verifying(stage: Stage, app: AppSpec, { artifact, published, goesOn = false }: Verifying): PlannedStep {
  const repository = repositoryOfStage(stage, app);
  const fetch = stage.engine === 'local';
  return planned('verify', 'Verify the image', false, {
    ...(artifact && { artifact }),
    ...(repository && { remote: { repository, ...(published && { published }), fetch, goesOn } }),
  });
}

interface Pushing {
  readonly published: PublishedImage | undefined;
  /** What serves: most of its layers are those of the next version. */
  readonly current: Release | undefined;
  readonly goesOn: boolean;
}

/** For a stage that pulls; nothing for one that runs images from the layout of this machine. */
export function pushing(stage: Stage, app: AppSpec, { published, current, goesOn }: Pushing): readonly PlannedStep[] {
  const repository = repositoryOfStage(stage, app);
  if (!repository) return [];
  const earlier = current?.published ? [current.published.manifestDigest] : [];
  return [planned('push', 'Push', true, { repository, ...(published && { published }), earlier, goesOn })];
}

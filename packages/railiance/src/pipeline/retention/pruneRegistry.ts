import type { AppSpec } from '../../domain/app.ts';
import { Failure, problemOf } from '../../domain/failure.ts';
import { target as targetOf } from '../../domain/name.ts';
import type { Progress } from '../../domain/progress.ts';
import type { ImageRepository } from '../../domain/registry.ts';
import type { Stage } from '../../domain/stage.ts';
import type { ImageRegistry, Removal } from '../imageRegistry.ts';
import type { StepPorts } from '../stepPorts.ts';
import { decideRetention, type Kept, keptReleases, type StageHistory, type Version } from './decide.ts';
import { storedHistories } from './histories.ts';

export interface PruneRegistryRequest {
  readonly app: Pick<AppSpec, 'slug' | 'directory'>;
  readonly repository: ImageRepository;
  /** All of the blueprint. */
  readonly stages: readonly Stage[];
  readonly keep: number;
  /** Most images removed at once. */
  readonly limit: number;
  readonly dryRun: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface PrunePorts {
  readonly registry: ImageRegistry;
  readonly commitTimes: (directory: string, names: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** What a stage is known by. @throws Failure where it cannot be */
  readonly recordsOf: (stage: Stage) => Pick<StepPorts, 'engine' | 'releases' | 'revocations' | 'elsewhere'>;
}

export interface PruneReport extends Removal {
  readonly kept: readonly Kept[];
}

/**
 * Removes from a registry what no stage runs, returns to or keeps. Where a stage cannot be asked, nothing is removed: what
 * it needs is not known then.
 * @throws Failure
 */
export async function pruneRegistry(request: PruneRegistryRequest, ports: PrunePorts): Promise<PruneReport> {
  const { app, repository, stages, keep, limit, dryRun, progress, signal } = request;
  const known = await Promise.all(stages.map((stage) => lookAt(app.slug, stage, ports)));
  const histories = known.flatMap((stage) => stage.histories);
  const tags = await ports.registry.tags(repository, signal);
  const decision = decideRetention(await versionsOf(tags, app, histories, ports), histories, keep);
  const published = histories
    .flatMap((history) => [...keptReleases(history, keep).keys()])
    .flatMap((release) => (release.published ? [release.published.manifestDigest] : []));
  const running = new Map(known.flatMap((stage) => [...stage.running]));
  const removal = await ports.registry.remove({
    repository,
    unneeded: decision.unneeded,
    keep: new Set(published),
    spare: (configDigests) => configDigests.map((digest) => running.get(digest)).find((reason) => reason !== undefined),
    ...{ limit, dryRun, progress, signal },
  });
  const spared = removal.spared.map(({ tag, reason }) => ({ tag, reasons: [reason] }));
  return { ...removal, kept: [...decision.kept, ...spared] };
}

interface StageKnowledge {
  readonly histories: readonly StageHistory[];
  /** By config digest, in words. */
  readonly running: ReadonlyMap<string, string>;
}

async function lookAt(app: string, stage: Stage, { recordsOf }: PrunePorts): Promise<StageKnowledge> {
  try {
    const { engine, releases, revocations, elsewhere } = recordsOf(stage);
    const target = targetOf(app, stage.name);
    const histories = await storedHistories(app, { releases, ...(revocations && { revocations }) });
    const missed = histories.some((history) => history.stage === stage.name) ? undefined : await elsewhere?.(target);
    if (missed) throw missed;
    // An engine of this machine runs what is in its layout, whether or not it can be asked.
    const status = engine.status(target);
    const seen = stage.engine === 'local' ? await status.catch(() => undefined) : await status;
    const instances = seen ? [...(seen.active ? [seen.active] : []), ...seen.others] : [];
    return {
      histories,
      running: new Map(instances.map(({ configDigest }) => [configDigest, `it runs on ${stage.name}`])),
    };
  } catch (error) {
    const remedy = (error instanceof Failure && error.hint) || 'try again when that stage can be asked';
    throw new Failure('clean the registry up', `what ${stage.name} needs is not known: ${problemOf(error)}`, {
      hint: `nothing was removed; ${remedy}`,
      cause: error,
    });
  }
}

/** The label that railiance gives a version: its commit, with what differed from it. */
const versionTag = /^([0-9a-f]{4,64})(?:-dirty-[0-9a-f]+)?$/;

/** By the time of its commit; of what git does not know, by the time of its last release. */
async function versionsOf(
  tags: readonly string[],
  { directory }: Pick<AppSpec, 'directory'>,
  histories: readonly StageHistory[],
  { commitTimes }: PrunePorts,
): Promise<readonly Version[]> {
  const released = new Map<string, number>();
  for (const { artifact, verifiedAt } of histories.flatMap(({ releases }) => releases)) {
    const { tag } = artifact.revision;
    released.set(tag, Math.max(released.get(tag) ?? 0, Date.parse(verifiedAt)));
  }
  const commits = tags.map((tag) => versionTag.exec(tag)?.[1]);
  const times = await commitTimes(
    directory,
    commits.filter((commit) => commit !== undefined),
  );
  return tags.map((tag, at) => {
    const age = times.get(commits[at] ?? '') ?? released.get(tag);
    return { tag, ...(age !== undefined && { age }) };
  });
}

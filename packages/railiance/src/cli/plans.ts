import type { AppSpec } from '../domain/app.ts';
import type { Revision } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, target } from '../domain/name.ts';
import type { Plan } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { Stage } from '../domain/stage.ts';
import { planDeploy } from '../pipeline/plan/deploy.ts';
import type { Source } from '../pipeline/plan/facts.ts';
import { repositoryOfStage } from '../pipeline/plan/imageRepository.ts';
import { planPromote } from '../pipeline/plan/promote.ts';
import { planRestart } from '../pipeline/plan/restart.ts';
import { planRollback } from '../pipeline/plan/rollback.ts';
import { planRun } from '../pipeline/plan/run.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import type { Override } from '../pipeline/steps/gate.ts';
import { withRestoredSecretNote, withSecretNote } from './secretNote.ts';
import type { Selection } from './selection.ts';

type Ports = Pick<
  StepPorts,
  | 'builderFor'
  | 'database'
  | 'images'
  | 'recordsOf'
  | 'registry'
  | 'releases'
  | 'revisionOf'
  | 'revocations'
  | 'secrets'
  | 'sealedSecrets'
>;

interface Chosen {
  readonly despite: readonly Override[];
  /** Say also what only a reader wants to know, though it takes a key to find out. */
  readonly describe?: boolean;
}

/** Looks the facts up that the pure plans are made from: asked under the lease, so that they still hold. */
export async function deployPlan(
  ports: Ports,
  { app, stage, blueprint: { stages } }: Selection,
  chosen: Chosen & { tag?: string },
): Promise<Plan> {
  const [from, current] = await Promise.all([
    sourceOf(ports, app, stage, chosen.tag),
    currentRelease(ports, target(app.slug, stage.name)),
  ]);
  const plan = planDeploy({ app, stage, stages, from, ...current, despite: chosen.despite });
  return chosen.describe ? withSecretNote(plan, ports, { app, stage }, current.current) : plan;
}

export async function runPlan(
  ports: Ports,
  { app, stage }: Selection,
  chosen: Chosen & { tag?: string },
): Promise<Plan> {
  return planRun({ app, stage, from: await sourceOf(ports, app, stage, chosen.tag), despite: chosen.despite });
}

export async function promotePlan(
  ports: Ports,
  { app, stage, blueprint: { stages } }: Selection,
  from: Stage,
  { despite, describe }: Chosen,
): Promise<Plan> {
  const [source, current] = await Promise.all([
    currentRelease(ports.recordsOf(from), target(app.slug, from.name)),
    currentRelease(ports, target(app.slug, stage.name)),
  ]);
  const release = source.current;
  const plan = planPromote({
    app,
    stage,
    stages,
    from: { stage: from.name, ...(release && { release }) },
    ...current,
    despite,
  });
  return describe ? withSecretNote(plan, ports, { app, stage }, current.current) : plan;
}

export async function rollbackPlan(
  ports: Ports,
  { app, stage }: { readonly app: string; readonly stage: Stage },
  { despite, to, describe }: Chosen & { readonly to?: number },
): Promise<Plan> {
  const of = target(app, stage.name);
  const [releases, current, revocations = []] = await Promise.all([
    ports.releases.list(of),
    currentRelease(ports, of),
    ports.revocations?.list(of),
  ]);
  const revoked = new Map(revocations.map(({ version, names, reason }) => [version, `${names.join(', ')}, ${reason}`]));
  const plan = planRollback({ app, stage, releases, revoked, ...current, despite, ...(to !== undefined && { to }) });
  return describe && current.current ? withRestoredSecretNote(plan, ports, current.current) : plan;
}

export async function restartPlan(
  ports: Ports,
  { app, stage }: { readonly app: string; readonly stage: Stage },
  { despite }: Chosen,
): Promise<Plan> {
  return planRestart({ app, stage, ...(await currentRelease(ports, target(app, stage.name))), despite });
}

/**
 * There is something to build, or an image with that tag.
 * @throws Failure (invalid input)
 */
export async function assertSource(ports: Ports, { app, stage }: Selection, tag: string | undefined): Promise<void> {
  if (tag === undefined) await ports.builderFor(app);
  else await sourceOf(ports, app, stage, tag);
}

async function currentRelease(
  { releases }: Pick<Ports, 'releases'>,
  of: Target,
): Promise<{ readonly current?: Release }> {
  const current = await releases.newest(of);
  return current ? { current } : {};
}

/** The image with that tag, here or where the stage pulls from, or what is to be built from the folder as it is. */
async function sourceOf(
  { builderFor, images, registry, revisionOf }: Ports,
  app: AppSpec,
  stage: Stage,
  tag: string | undefined,
): Promise<Source> {
  const build = async (revision: Revision): Promise<Source> => ({
    kind: 'build',
    revision,
    builder: (await builderFor(app)).name,
  });
  if (tag === undefined) return build(await revisionOf(app.directory));
  const known = await images.tags(app.slug);
  const short = known.find((name) => name === tag) ?? known.find((name) => isShortOf(name, tag));
  const artifact = short === undefined ? undefined : await images.find(app.slug, short);
  if (artifact) return { kind: 'artifact', artifact };
  const revision = await revisionOf(app.directory);
  if (!revision.dirty && (revision.tag === tag || revision.commit === tag)) return build(revision);
  const repository = repositoryOfStage(stage, app);
  for (const name of repository ? namesOf(tag) : []) {
    const pushed = repository && (await registry.find({ app: app.slug, repository, tag: name }));
    if (pushed) return { kind: 'artifact', ...pushed };
  }
  const where = repository ? `here or at ${repository.push}` : 'here';
  throw new Failure(`find ${app.slug}:${tag}`, `no image ${where} has that tag, and the source is at ${revision.tag}`, {
    hint:
      known.length === 0
        ? `git checkout ${tag}, then run the command again`
        : `images here: ${known.slice(-10).join(', ')}`,
    exitCode: exitCodes.invalidInput,
  });
}

/** Of a full SHA every length that git gives short ones for all but huge repositories: a registry is asked by the whole name. */
function namesOf(tag: string): readonly string[] {
  return isFull(tag) ? [tag, ...[7, 8, 9, 10, 11, 12].map((length) => tag.slice(0, length))] : [tag];
}

function isFull(tag: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(tag);
}

/** A tag is the short SHA of its commit; people and CI jobs may give the full one. */
function isShortOf(name: string, full: string): boolean {
  return isFull(full) && /^[0-9a-f]{4,39}$/.test(name) && full.startsWith(name);
}

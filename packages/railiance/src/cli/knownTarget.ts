import { exitCodes, Failure } from '../domain/failure.ts';
import { isName, type Target } from '../domain/name.ts';
import type { Output } from './output.ts';
import type { Records } from './records.ts';
import { createUnasked, namedStages, type Unasked } from './unreachable.ts';

export interface KnownTargetOptions {
  /** Slug, path or folder; undefined for the app.toml here or above. */
  readonly reference: string | undefined;
  readonly stage: string | undefined;
  readonly cwd: string;
  /** What there are records of. */
  readonly records: Pick<Records, 'targets' | 'elsewhere' | 'clusters'>;
  /** Warned where a stage cannot be asked for them. */
  readonly output: Pick<Output, 'warn'>;
}

/**
 * The app and stage that a verb is about which looks at what is already there. The records answer first: a broken or
 * missing app.toml must never stand between a person and the old version.
 * @throws Failure (invalid input) naming the stages there are; where one that may be meant cannot be asked, saying so
 */
export async function knownTarget(options: KnownTargetOptions): Promise<Target> {
  const { reference, stage, cwd, records, output } = options;
  const unasked = createUnasked(output);
  const targets = await records.targets(unasked.tell);
  const app = await appOf(reference, cwd, targets, unasked);
  await tellMissed(app, targets, records, unasked);
  const stages = targets.filter((target) => target.app === app).map((target) => target.stage);
  refuseToGuess(app, stage, stages, unasked);
  const chosen = stage ?? furthest(stages);
  if (chosen !== undefined && stages.includes(chosen)) return { app, stage: chosen };
  const what = chosen === undefined ? 'several stages have it' : `nothing of it is on ${chosen}`;
  throw new Failure(`find ${app}`, stages.length === 0 ? 'nothing of it is on any stage of this machine' : what, {
    hint: stages.length === 0 ? `railiance deploy ${app}` : `name one with --stage: ${stages.join(', ')}`,
    exitCode: exitCodes.invalidInput,
  });
}

/** Tells of the stages whose clusters know nothing of an app that was deployed there from here: what is on them is not known. */
export async function tellMissed(
  app: string,
  known: readonly Target[],
  { clusters, elsewhere }: Pick<Records, 'clusters' | 'elsewhere'>,
  unasked: Unasked,
): Promise<void> {
  const isKnown = (stage: string) => known.some((target) => target.app === app && target.stage === stage);
  const stages = (await clusters.names().catch(() => [])).filter(
    (stage) => !unasked.stages.includes(stage) && !isKnown(stage),
  );
  const found = await Promise.all(
    stages.map(async (stage) => ({ stage, error: await elsewhere({ app, stage }).catch((error: unknown) => error) })),
  );
  for (const { stage, error } of found) if (error) unasked.tell({ stage, error });
}

/** Not another stage than the one that is meant, because that one does not answer; nor "nothing is there". */
function refuseToGuess(app: string, stage: string | undefined, stages: readonly string[], unasked: Unasked): void {
  const mayBeMeant = unasked.stages.filter((one) => stage === undefined || one === stage);
  if (mayBeMeant.length === 0) return;
  const others = stages.length > 0 ? `, or name another one with --stage: ${stages.join(', ')}` : '';
  throw new Failure(`find ${app}`, `${namedStages(mayBeMeant)} cannot be asked whether it is there`, {
    hint: `put that right, then the same again${others}`,
    exitCode: exitCodes.dependencyMissing,
  });
}

/** The app that is meant, by its slug. @throws Failure (invalid input) where no folder is it, and no stage may know it */
export async function appOf(
  reference: string | undefined,
  cwd: string,
  targets: readonly Target[],
  unasked: Unasked,
): Promise<string> {
  const isSlug = reference !== undefined && isName(reference);
  if (isSlug && targets.some(({ app }) => app === reference)) return reference;
  // Loaded only here: looking at records must answer at once, and the schemas are most of what there is to load.
  const [{ findApp }, { loadApp }] = await Promise.all([import('../config/findApp.ts'), import('../config/app.ts')]);
  try {
    const file = await findApp(reference, cwd);
    return (await loadApp(file, { cwd, stage: 'production' })).slug;
  } catch (error) {
    if (isSlug && unasked.stages.length > 0) return reference;
    throw error;
  }
}

/** What people mean when they name no stage: the only one, or production. */
function furthest(stages: readonly string[]): string | undefined {
  return stages.length === 1 ? stages[0] : stages.find((stage) => stage === 'production');
}

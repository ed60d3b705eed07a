import { exitCodes, Failure } from '../domain/failure.ts';
import { isName, type Target } from '../domain/name.ts';

export interface KnownTargetOptions {
  /** Slug, path or folder; undefined for the app.toml here or above. */
  readonly reference: string | undefined;
  readonly stage: string | undefined;
  readonly cwd: string;
  /** What this machine has records of. */
  readonly targets: readonly Target[];
}

/**
 * The app and stage that a verb is about which looks at what is already there. The records answer first: a broken or
 * missing app.toml must never stand between a person and the old version.
 * @throws Failure (invalid input) naming the stages there are
 */
export async function knownTarget({ reference, stage, cwd, targets }: KnownTargetOptions): Promise<Target> {
  const app = await appOf(reference, cwd, targets);
  const stages = targets.filter((target) => target.app === app).map((target) => target.stage);
  const chosen = stage ?? furthest(stages);
  if (chosen !== undefined && stages.includes(chosen)) return { app, stage: chosen };
  const what = chosen === undefined ? 'several stages have it' : `nothing of it is on ${chosen}`;
  throw new Failure(`find ${app}`, stages.length === 0 ? 'nothing of it is on any stage of this machine' : what, {
    hint: stages.length === 0 ? `railiance deploy ${app}` : `name one with --stage: ${stages.join(', ')}`,
    exitCode: exitCodes.invalidInput,
  });
}

/** The app that is meant, by its slug. */
export async function appOf(reference: string | undefined, cwd: string, targets: readonly Target[]): Promise<string> {
  if (reference !== undefined && isName(reference) && targets.some(({ app }) => app === reference)) return reference;
  // Loaded only here: looking at records must answer at once, and the schemas are most of what there is to load.
  const [{ findApp }, { loadApp }] = await Promise.all([import('../config/findApp.ts'), import('../config/app.ts')]);
  const file = await findApp(reference, cwd);
  return (await loadApp(file, { cwd, stage: 'production' })).slug;
}

/** What people mean when they name no stage: the only one, or production. */
function furthest(stages: readonly string[]): string | undefined {
  return stages.length === 1 ? stages[0] : stages.find((stage) => stage === 'production');
}

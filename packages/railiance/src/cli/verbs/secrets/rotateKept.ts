import type { AppSpec } from '../../../domain/app.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import { givesDatabases } from '../../../domain/stage.ts';
import type { StepPorts } from '../../../pipeline/stepPorts.ts';
import type { Environment } from '../../output/terminal.ts';
import { renewGenerated } from './renewGenerated.ts';
import { turnDatabaseLogin } from './turnDatabaseLogin.ts';

export interface KeptRotation {
  readonly app: AppSpec;
  readonly name: string;
  readonly keepPrevious: boolean;
  /** Undefined for every stage that the app is on. */
  readonly stage: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/** One stage of the app, with what its steps work with. */
export interface KeptStage {
  readonly target: Target;
  readonly givesDatabases: boolean;
  readonly ports: StepPorts;
}

/**
 * Rotates what railiance made itself; the next deploy puts it to use. Resolves with the stages.
 * @throws Failure where the app is on no such stage, or a release that may come back would be shut out
 */
export async function rotateKept(rotation: KeptRotation): Promise<readonly Target[]> {
  const { app, name, stage } = rotation;
  const all = await stagesOf(rotation);
  const chosen = all.filter(({ target }) => stage === undefined || target.stage === stage);
  if (chosen.length === 0) {
    const where = stage === undefined ? `${app.slug} is on no stage` : `nothing of ${app.slug} is on ${stage}`;
    throw new Failure(`rotate ${name}`, where, {
      hint: `railiance deploy ${app.slug} makes the first value`,
      exitCode: exitCodes.invalidInput,
    });
  }
  if (name !== 'DATABASE_URL' || !app.database) {
    for (const { target, ports } of chosen) await renewGenerated(name, target, ports.secrets, rotation.keepPrevious);
    return chosen.map(({ target }) => target);
  }
  // One database for all stages has one login, so that it turns once, and every stage has a say.
  assertMadeHere(app.database.scope === 'shared' ? all : chosen);
  const groups = app.database.scope === 'shared' ? [all] : chosen.map((one) => [one]);
  for (const group of groups) await turnDatabaseLogin(app.database, group);
  return groups.flat().map(({ target }) => target);
}

async function stagesOf({ app, env, cwd }: KeptRotation): Promise<readonly KeptStage[]> {
  const [{ openToolbox }, { stageOf }] = await Promise.all([import('../../compose.ts'), import('../../stageOf.ts')]);
  const toolbox = await openToolbox(env, undefined, app.directory);
  const targets = (await toolbox.targets()).filter((target) => target.app === app.slug);
  return await Promise.all(
    targets.map(async (target) => {
      const { stage } = await stageOf(target.stage, app.directory, cwd);
      return { target, givesDatabases: givesDatabases(stage), ports: toolbox.portsFor(stage) };
    }),
  );
}

/** @throws Failure (invalid input): a cluster's database is made elsewhere, and so is its password */
function assertMadeHere(stages: readonly KeptStage[]): void {
  const elsewhere = stages.find(({ givesDatabases }) => !givesDatabases);
  if (!elsewhere) return;
  const { app, stage } = elsewhere.target;
  const set = `railiance secrets set DATABASE_URL --app ${app} --stage ${stage}`;
  throw new Failure('rotate DATABASE_URL', `the database of ${app} on ${stage} was not made by railiance`, {
    hint: `change the password there, then: ${set}`,
    exitCode: exitCodes.invalidInput,
  });
}

export function labels(targets: readonly Target[]): string {
  return targets.map(targetLabel).join(', ');
}

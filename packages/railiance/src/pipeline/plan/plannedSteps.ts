import { configurationHash } from '../../config/canonical.ts';
import type { AppSpec } from '../../domain/app.ts';
import type { Target } from '../../domain/name.ts';
import type { PlannedStep } from '../../domain/plan.ts';
import type { Release } from '../../domain/release.ts';
import { givesDatabases, type Stage } from '../../domain/stage.ts';
import { placementOf } from '../placement.ts';
import type { StepInputs } from '../stepRegistry.ts';
import type { KeptSecretsInput } from '../steps/keptSecrets.ts';

/** One step of a plan, its inputs checked against the step that will read them. */
export function planned<Name extends keyof StepInputs>(
  uses: Name,
  title: string,
  changes: boolean,
  input: StepInputs[Name],
  id: string = uses,
): PlannedStep {
  return { id, uses, title, changes, input: { ...input } };
}

/**
 * Beside what serves: database, secrets, migrations. Where the stage gives no databases, the app's secrets say where its
 * database is.
 */
export function preparing(
  target: Target,
  spec: AppSpec,
  stage: Pick<Stage, 'engine' | 'settings'>,
): readonly PlannedStep[] {
  const { slug, directory, secrets, database, run } = spec;
  const isGiven = !givesDatabases(stage);
  const required = isGiven && database ? [...new Set([...secrets.required, 'DATABASE_URL'])] : secrets.required;
  const app = { slug, directory, secrets: { ...secrets, required } };
  const made = database && !isGiven ? { database } : {};
  const steps = [planned('secrets', 'Secrets', true, { target, app, ...made })];
  if (!database) return steps;
  const { migrate, migrateTimeoutMs } = database;
  return [
    ...(isGiven ? [] : [planned('provision', 'Database', true, { target, database })]),
    ...steps,
    ...(migrate
      ? [
          planned('migrate', 'Migrations', true, {
            target,
            run,
            deploy: placementOf(spec),
            command: migrate,
            timeoutMs: migrateTimeoutMs,
          }),
        ]
      : []),
  ];
}

/** A new instance, asked through a route of its own before anybody else reaches it. */
export function starting(
  target: Target,
  spec: AppSpec,
  { engine }: Pick<Stage, 'engine'>,
  fresh: boolean,
): readonly PlannedStep[] {
  const { run, smoke: checks, deploy } = spec;
  // A chart of the app's own has one Deployment that rolls: nothing is beside it, and there is no route but the public one.
  const isRolling = engine === 'kubernetes' && deploy.chart !== undefined;
  return [
    planned('start', isRolling ? `Roll out by the chart ${deploy.chart}` : 'Start beside what serves', true, {
      target,
      run,
      deploy: placementOf(spec),
      configurationHash: configurationHash(spec),
      fresh,
    }),
    planned(
      'smoke',
      isRolling ? 'Smoke test of the new pods' : 'Smoke test of the candidate',
      false,
      { target, through: 'candidate', checks },
      'smoke-candidate',
    ),
  ];
}

/** The switch, and the same questions through the public route. */
export function switching(target: Target, { smoke: checks, deploy }: AppSpec): readonly PlannedStep[] {
  const watchMs = deploy.observeMs ?? 0;
  const asked = { target, through: 'public', checks } as const;
  return [
    planned('activate', 'Switch', true, { target }),
    planned('smoke', 'Smoke test of the public route', false, asked, 'smoke-public'),
    ...(watchMs > 0
      ? [planned('smoke', `Watch it for ${watchMs / 1000} s`, false, { ...asked, watchMs }, 'observe')]
      : []),
  ];
}

/** What a release that runs again is to run with. */
export function keptSecretsOf(target: Target, { version, ciphertextHash }: Release['secrets']): KeptSecretsInput {
  return { target, version, ...(ciphertextHash && { ciphertextHash }) };
}

/** The step that decides between completing and undoing a run that was cut off: the last that looks at what serves. */
export function commitOf(steps: readonly PlannedStep[]): string {
  return steps.some(({ id }) => id === 'observe') ? 'observe' : 'smoke-public';
}

/** How an undo is checked: what served before serves. */
export function restoring(target: Target, current: Release | undefined): readonly PlannedStep[] {
  const release = current
    ? { number: current.number, secretsVersion: current.secrets.version, smoke: current.spec.smoke }
    : null;
  const title = current ? `Look whether release ${current.number} serves` : 'Look what serves';
  return [planned('restored', title, false, { target, release })];
}

import { problemOf } from '../domain/failure.ts';
import { target } from '../domain/name.ts';
import type { Plan } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import type { KeptSecretsInput } from '../pipeline/steps/keptSecrets.ts';
import { isMadeHere } from '../secrets/madeHere.ts';
import { describeChanges, secretChanges } from '../secrets/secretChanges.ts';
import type { Selection } from './selection.ts';

type Ports = Pick<StepPorts, 'database' | 'secrets' | 'sealedSecrets'>;

/** The plan of a deploy with a line on which secrets it adds, changes and drops, by name; or on why that cannot be told here. */
export async function withSecretNote(
  plan: Plan,
  ports: Ports,
  selection: Pick<Selection, 'app' | 'stage'>,
  current: Release | undefined,
): Promise<Plan> {
  return withNote(plan, () => noteOf(ports, selection, current));
}

/** The same for a plan that brings an earlier release back with its own secrets. */
export async function withRestoredSecretNote(
  plan: Plan,
  { secrets }: Pick<Ports, 'secrets'>,
  current: Release,
): Promise<Plan> {
  return withNote(plan, async () => {
    const kept = plan.steps.find(({ uses }) => uses === 'kept-secrets')?.input as KeptSecretsInput | undefined;
    if (!kept) return undefined;
    const [before, restored] = await Promise.all([
      secrets.get(current, current.secrets.version),
      secrets.get(kept.target, kept.version),
    ]);
    if (Object.keys({ ...before, ...restored }).length === 0) return undefined;
    return describeChanges(secretChanges({ before, sealed: restored, kept: [] }));
  });
}

async function withNote(plan: Plan, tell: () => Promise<string | undefined>): Promise<Plan> {
  const note = await tell().catch((error) => `secrets: cannot tell which change: ${problemOf(error)}`);
  return note === undefined ? plan : { ...plan, notes: [...plan.notes, note] };
}

async function noteOf(
  { database, secrets, sealedSecrets }: Ports,
  { app, stage }: Pick<Selection, 'app' | 'stage'>,
  current: Release | undefined,
): Promise<string | undefined> {
  const of = target(app.slug, stage.name);
  const [sealed = {}, before, newest] = await Promise.all([
    sealedSecrets?.(app).then((file) => file?.values),
    current ? secrets.get(current, current.secrets.version) : {},
    secrets.latest(of),
  ]);
  const stored = newest === undefined ? before : await secrets.get(of, newest);
  const isUrlGiven = isMadeHere(app, 'DATABASE_URL', stage);
  // A turned login has a new password before any deploy has stored it.
  const url = isUrlGiven && app.database ? await database.knownUrl(of, app.database) : undefined;
  const latest = url ? { ...stored, DATABASE_URL: url } : stored;
  const { required, generate } = app.secrets;
  const previous = generate.map((name) => `${name}_PREVIOUS`).filter((name) => Object.hasOwn(latest, name));
  const kept = [...required, ...generate, ...previous, ...(app.database ? ['DATABASE_URL'] : [])];
  if (kept.length === 0 && Object.keys({ ...sealed, ...before }).length === 0) return undefined;
  const { DATABASE_URL: ours, ...others } = sealed;
  // The database gives its own address, whatever the file says.
  return describeChanges(secretChanges({ before, sealed: isUrlGiven || !ours ? others : sealed, kept, latest }));
}

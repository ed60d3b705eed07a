import { problemOf } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import { isMadeHere } from '../secrets/madeHere.ts';
import { describeChanges, secretChanges } from '../secrets/secretChanges.ts';
import type { Selection } from './selection.ts';

type Ports = Pick<StepPorts, 'secrets' | 'sealedSecrets'>;

/** The plan with a line on which secrets it adds, changes and drops, by name; or on why that cannot be told here. */
export async function withSecretNote(
  plan: Plan,
  ports: Ports,
  { app, stage }: Pick<Selection, 'app' | 'stage'>,
  current: Release | undefined,
): Promise<Plan> {
  const note = await noteOf(ports, { app, stage }, current).catch(
    (error) => `secrets: cannot tell which change: ${problemOf(error)}`,
  );
  return note === undefined ? plan : { ...plan, notes: [...plan.notes, note] };
}

async function noteOf(
  { secrets, sealedSecrets }: Ports,
  { app, stage }: Pick<Selection, 'app' | 'stage'>,
  current: Release | undefined,
): Promise<string | undefined> {
  const sealed = (await sealedSecrets?.(app))?.values ?? {};
  const before = current ? await secrets.get(current, current.secrets.version) : {};
  const { required, generate } = app.secrets;
  const previous = generate.map((name) => `${name}_PREVIOUS`).filter((name) => Object.hasOwn(before, name));
  const kept = [...required, ...generate, ...previous, ...(app.database ? ['DATABASE_URL'] : [])];
  const isUrlGiven = isMadeHere(app, 'DATABASE_URL', stage);
  if (kept.length === 0 && Object.keys({ ...sealed, ...before }).length === 0) return undefined;
  const { DATABASE_URL: ours, ...others } = sealed;
  // The database gives its own address, whatever the file says.
  return describeChanges(secretChanges({ before, sealed: isUrlGiven || !ours ? others : sealed, kept }));
}

import type { DatabaseSpec } from '../../../domain/app.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { StepPorts } from '../../../pipeline/stepPorts.ts';
import { versionsLoggingInAs } from '../../../secrets/loginsInUse.ts';

interface SharingStage {
  readonly target: Target;
  readonly ports: Pick<StepPorts, 'database' | 'secrets' | 'revocations' | 'releases'>;
}

/**
 * Turns the login of a database to its other role. The password that is in use stays valid; the one of the turn before
 * ends, which is refused while a release that has it serves or may be brought back.
 * @param stages all that use the database
 * @throws Failure (refused)
 */
export async function turnDatabaseLogin(spec: DatabaseSpec, stages: readonly SharingStage[]): Promise<void> {
  const [first] = stages;
  if (!first) return;
  const { database } = first.ports;
  const next = await database.nextLogin(first.target, spec);
  for (const stage of stages) await refuseWhileInUse(next, stage);
  await database.turnLogin(first.target, spec, next);
}

async function refuseWhileInUse(role: string, { target, ports }: SharingStage): Promise<void> {
  const { secrets, releases, revocations = { list: async () => [] } } = ports;
  const versions = await versionsLoggingInAs(role, target, secrets, revocations);
  if (versions.length === 0) return;
  const known = await releases.list(target);
  const numbers = known.filter((release) => versions.includes(release.secrets.version)).map(({ number }) => number);
  const serving = (await releases.head(target))?.current;
  const action = `turn the database login of ${targetLabel(target)}`;
  if (serving !== undefined && numbers.includes(serving)) {
    throw new Failure(action, `release ${serving} serves, and still logs in as ${role}`, {
      hint: `railiance deploy ${target.app} --stage ${target.stage} puts the login of the last turn to use`,
      exitCode: exitCodes.refused,
    });
  }
  const who = numbers.length === 0 ? 'a deploy that is not on record yet' : `release ${numbers.join(', ')}`;
  const revoke = `railiance secrets revoke DATABASE_URL --app ${target.app} --stage ${target.stage} --release ${numbers[0]}`;
  throw new Failure(action, `${who} could not log in any more if brought back`, {
    hint: `${numbers.length === 0 ? '' : `${revoke} bars it for good; otherwise `}deploy until it is no longer kept`,
    exitCode: exitCodes.refused,
  });
}

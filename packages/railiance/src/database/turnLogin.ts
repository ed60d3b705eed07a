import { exitCodes, Failure } from '../domain/failure.ts';
import { targetLabel } from '../domain/name.ts';
import { holdLock, withConnection } from './connection.ts';
import { databaseNames } from './databaseNames.ts';
import { type ProvisionRequest, provisionDatabase } from './provision.ts';
import type { RoleRecords } from './roleRecords.ts';

export interface TurnRequest extends Omit<ProvisionRequest, 'loginRole'> {
  readonly records: RoleRecords;
  /** That is to log in from now on. */
  readonly role: string;
}

/** Of PostgreSQL's advisory locks: one turns at a time. Not that of provisioning, which is taken inside. */
const turnLock = 0x7261_696d;

/**
 * A new password for the role whose turn is next. Whose turn it is, is written last: killed in between, nothing that
 * runs or may be brought back has lost its password, and the next try does it all again.
 * @throws Failure where somebody else turned in between
 */
export async function turnLogin({ records, role, ...request }: TurnRequest): Promise<void> {
  const { target, spec, admin } = request;
  const names = databaseNames(target, spec);
  await withConnection(admin, async (client) => {
    await holdLock(client, turnLock);
    if ((await records.turnOf(names)).next !== role) {
      throw new Failure(`turn the login of ${targetLabel(target)}`, 'somebody else did so in the meantime', {
        hint: 'railiance deploy puts their new password to use; then turn again if you still want to',
        exitCode: exitCodes.leaseHeld,
      });
    }
    await records.renewPassword(role);
    await provisionDatabase({ ...request, loginRole: role });
    await records.writeTurn(names, role);
  });
}

import type { Home } from '../config/home.ts';
import type { Secret } from '../domain/secret.ts';
import type { DatabaseNames } from './databaseNames.ts';
import { type LoginTurn, loginTurn, writeLoginTurn } from './loginRole.ts';
import { knownRolePassword, renewRolePassword, rolePassword } from './rolePassword.ts';

/** What is remembered of the roles of databases: their passwords, and which of two logs in. */
export interface RoleRecords {
  /** Made once; of several that ask at once, all get the same. */
  passwordOf(role: string): Promise<Secret>;
  /** Undefined where none was made yet. */
  knownPassword(role: string): Promise<Secret | undefined>;
  /** What the role logs in with from its next provisioning on. */
  renewPassword(role: string): Promise<void>;
  turnOf(names: DatabaseNames): Promise<LoginTurn>;
  writeTurn(names: DatabaseNames, current: string): Promise<void>;
}

/** Kept on this machine, as the server is. */
export function fileRoleRecords(home: Home): RoleRecords {
  return {
    passwordOf: (role) => rolePassword(home, role),
    knownPassword: (role) => knownRolePassword(home, role),
    renewPassword: (role) => renewRolePassword(home, role),
    turnOf: (names) => loginTurn(home, names),
    writeTurn: (names, current) => writeLoginTurn(home, names, current),
  };
}

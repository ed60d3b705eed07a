import type pg from 'pg';

import type { DatabaseSpec } from '../domain/app.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { Secret } from '../domain/secret.ts';
import { holdLock, type Login, urlOf, withConnection } from './connection.ts';
import type { ProvisionedDatabase } from './database.ts';
import { type DatabaseNames, databaseNames } from './databaseNames.ts';
import { scramVerifier } from './scram.ts';

export interface ProvisionRequest {
  readonly target: Target;
  readonly spec: DatabaseSpec;
  /** Login of the superuser. */
  readonly admin: Login;
  /** Which of the two roles logs in. */
  readonly loginRole: string;
  /** Finds or makes the password of a role. */
  readonly passwordOf: (role: string) => Promise<Secret>;
}

/** Of PostgreSQL's advisory locks: one provisions at a time. */
const provisionLock = 0x7261_696c;

/**
 * Role, database and grants for one app and stage. The role owns its one database; nobody else may connect to it but a
 * second role that acts as the first, and neither to any other. First it is tried whether all is there: then nothing is written.
 * @throws Failure where another app has the name, or the server refuses
 */
export async function provisionDatabase({
  target,
  spec,
  admin,
  loginRole,
  passwordOf,
}: ProvisionRequest): Promise<ProvisionedDatabase> {
  const names = databaseNames(target, spec);
  const password = await passwordOf(loginRole);
  const login: Login = { ...admin, user: loginRole, password, database: names.database };
  const action = `provision the database of ${targetLabel(target)}`;
  const url = urlOf(login);
  try {
    if ((await ownerByLogin(login)) === target.app) return { url, created: false };
    await withConnection(admin, async (client) => {
      await holdLock(client, provisionLock);
      await assertFree(client, names, loginRole, target, action);
      if (admin.address) await assertMadeHere(client, names, target, action);
      await createRole(client, names.role, await scramVerifier(await passwordOf(names.role)), target.app);
      await createDatabase(client, names, target, admin.address === undefined);
      if (loginRole === names.role) return;
      await createRole(client, loginRole, await scramVerifier(password), target.app);
      await actAsOwner(client, names, loginRole);
    });
    if ((await ownerByLogin(login)) === target.app) return { url, created: true };
    throw new Error('its role cannot log in');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(action, problemOf(error), { exitCode: exitCodes.dependencyMissing, cause: error });
  }
}

const ownerMark = 'railiance app ';

/** App that the database is marked with; undefined where the login does not work, or something is missing. */
async function ownerByLogin(login: Login): Promise<string | undefined> {
  try {
    return await withConnection(login, async (client) => await ownerOf(client, 'database', login.database));
  } catch (error) {
    // Invalid password, no such role, no such database, no right to connect: all mended by provisioning.
    if (['28P01', '28000', '3D000', '42501'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

/** Behind pgpool a question that only reads may go to a standby, which lags: the comment keeps it at the primary. */
const findMark = {
  database:
    "/*NO LOAD BALANCE*/ SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1",
  role: "/*NO LOAD BALANCE*/ SELECT shobj_description(oid, 'pg_authid') AS mark FROM pg_roles WHERE rolname = $1",
} as const;

async function ownerOf(client: pg.Client, kind: keyof typeof findMark, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ mark: string | null }>(findMark[kind], [name]);
  return rows[0]?.mark?.startsWith(ownerMark) ? rows[0].mark.slice(ownerMark.length) : undefined;
}

/** Two apps that chose the same name of a database or of a role would read each other's data. */
async function assertFree(
  client: pg.Client,
  { database, role }: DatabaseNames,
  loginRole: string,
  target: Target,
  action: string,
): Promise<void> {
  for (const [kind, name] of [
    ['database', database],
    ['role', role],
    ['role', loginRole],
  ] as const) {
    const owner = await ownerOf(client, kind, name);
    if (owner === undefined || owner === target.app) continue;
    throw new Failure(action, `the ${kind} ${name} belongs to the app ${owner}`, {
      hint: `choose another ${kind === 'database' ? 'name' : 'user'} in [database]`,
      exitCode: exitCodes.invalidInput,
    });
  }
}

const findUnmarked = {
  database: '/*NO LOAD BALANCE*/ SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
  role: '/*NO LOAD BALANCE*/ SELECT rolname AS owner FROM pg_roles WHERE rolname = $1',
} as const;

/** On a server of a team's own: what is there and was not made here is somebody's, and stays theirs. */
async function assertMadeHere(
  client: pg.Client,
  { database, role, turn }: DatabaseNames,
  { app }: Target,
  action: string,
): Promise<void> {
  for (const [kind, name] of [['role', role] as const, ['role', turn] as const, ['database', database] as const]) {
    const { rows } = await client.query<{ owner: string }>(findUnmarked[kind], [name]);
    const owner = rows[0]?.owner;
    if (owner === undefined || (await ownerOf(client, kind, name)) === app) continue;
    // Made, and not marked when it was cut off.
    if (kind === 'database' && owner === role) continue;
    const mark = `COMMENT ON ${kind.toUpperCase()} ${client.escapeIdentifier(name)} IS ${client.escapeLiteral(ownerMark + app)}`;
    throw new Failure(action, `the ${kind} ${name} is there already, and was not made by railiance`, {
      hint: `choose another ${kind === 'database' ? 'name' : 'user'} in [database], or hand it over: ${mark}`,
      exitCode: exitCodes.invalidInput,
    });
  }
}

async function createRole(client: pg.Client, role: string, verifier: string, app: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const rights = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(
    // At once, so that no role is left without its mark.
    `${verb} ROLE ${client.escapeIdentifier(role)} ${rights} PASSWORD ${client.escapeLiteral(verifier)};
     COMMENT ON ROLE ${client.escapeIdentifier(role)} IS ${client.escapeLiteral(ownerMark + app)}`,
  );
}

/** @param isOurs the whole server is for apps of railiance: nobody else may connect to any database of it */
async function createDatabase(
  client: pg.Client,
  names: DatabaseNames,
  { app }: Target,
  isOurs: boolean,
): Promise<void> {
  const database = client.escapeIdentifier(names.database);
  const role = client.escapeIdentifier(names.role);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [names.database]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${database} OWNER ${role}`);
  for (const statement of [
    `ALTER DATABASE ${database} OWNER TO ${role}`,
    `REVOKE ALL ON DATABASE ${database}${isOurs ? ', postgres, template1' : ''} FROM PUBLIC`,
    `GRANT ALL PRIVILEGES ON DATABASE ${database} TO ${role}`,
    // Last: the mark says that all of the above was done.
    `COMMENT ON DATABASE ${database} IS ${client.escapeLiteral(ownerMark + app)}`,
  ]) {
    await client.query(statement);
  }
}

/**
 * Whatever this role makes belongs to the owner, so that the one does not stand in the other's way. Membership comes last:
 * with it the role can connect, and that says that all of this was done.
 */
async function actAsOwner(client: pg.Client, { database, role }: DatabaseNames, loginRole: string): Promise<void> {
  const [owner, login] = [client.escapeIdentifier(role), client.escapeIdentifier(loginRole)];
  const within = client.escapeIdentifier(database);
  await client.query(`ALTER ROLE ${login} IN DATABASE ${within} SET role = ${client.escapeLiteral(role)}`);
  await client.query(`GRANT ${owner} TO ${login}`);
}

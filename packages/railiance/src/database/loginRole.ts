import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { replaceDurably } from '../files/durableFile.ts';
import type { DatabaseNames } from './databaseNames.ts';

/** The two roles of a database: one logs in, the other is next. */
export interface LoginTurn {
  readonly current: string;
  readonly next: string;
}

/**
 * Whose turn it is, as `home.postgres/roles/<role>.login` says; the owner's where nothing was turned yet.
 * @throws Failure where the file is damaged
 */
export async function loginTurn(home: Home, { role, turn }: DatabaseNames): Promise<LoginTurn> {
  const file = turnFile(home, role);
  const current = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return role;
    throw error;
  });
  if (current === role) return { current, next: turn };
  if (current === turn) return { current, next: role };
  throw new Failure(`read which role logs in for ${role}`, `${file} is damaged`, {
    hint: `write ${role} or ${turn} into it, whichever DATABASE_URL of the serving release names`,
    exitCode: exitCodes.needsPerson,
  });
}

export async function writeLoginTurn(home: Home, { role }: DatabaseNames, current: string): Promise<void> {
  await replaceDurably(turnFile(home, role), current);
}

function turnFile(home: Home, role: string): string {
  return join(home.postgres, 'roles', `${encodeURIComponent(role)}.login`);
}

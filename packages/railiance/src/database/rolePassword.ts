import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { createDurably, replaceDurably } from '../files/durableFile.ts';

/**
 * The password of a role: made once, kept in `home.postgres/roles`, mode 0600. Of several that ask at once, all get
 * the same.
 * @throws Failure where the file is damaged
 */
export async function rolePassword(home: Home, role: string): Promise<Secret> {
  await createDurably(passwordFile(home, role), newPassword());
  return await readPassword(home, role);
}

/** Undefined where none was made yet. @throws Failure where the file is damaged */
export async function knownRolePassword(home: Home, role: string): Promise<Secret | undefined> {
  return existsSync(passwordFile(home, role)) ? await readPassword(home, role) : undefined;
}

async function readPassword(home: Home, role: string): Promise<Secret> {
  const file = passwordFile(home, role);
  const text = await readFile(file, 'utf8');
  if (/^[\w-]{43}$/.test(text)) return new Secret(text);
  throw new Failure(`read the password of the database role ${role}`, `${file} is damaged`, {
    hint: 'remove it: the next deploy gives the role a new password',
    exitCode: exitCodes.needsPerson,
  });
}

/** What the role logs in with from its next provisioning on. */
export async function renewRolePassword(home: Home, role: string): Promise<void> {
  await replaceDurably(passwordFile(home, role), newPassword());
}

function passwordFile(home: Home, role: string): string {
  return join(home.postgres, 'roles', `${encodeURIComponent(role)}.password`);
}

/** 256 random bits, as 43 characters that no connection string has to escape. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

import { randomBytes } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { createDurably } from '../files/durableFile.ts';

const keyBytes = 32;

export function storeKeyFile(home: Home): string {
  return join(home.root, 'secret-store.key');
}

/**
 * The key that versions are made with: made once for each home. It is never made anew beside versions that an earlier
 * key made, since none of those could be checked any more.
 * @throws Failure where the key is damaged, or lost while versions are there
 */
export async function storeKey(home: Home): Promise<Buffer> {
  const found = await readKey(home);
  if (found) return found;
  if (await anyVersion(home)) {
    // Another process may have made the key, and a first version with it, since the look above.
    const made = await readKey(home);
    if (made) return made;
    throw damaged(home, 'is missing, though the store holds versions made with it');
  }
  await createDurably(storeKeyFile(home), randomBytes(keyBytes).toString('hex'));
  const made = await readKey(home);
  if (made) return made;
  throw damaged(home, 'was removed while it was being made');
}

async function readKey(home: Home): Promise<Buffer | undefined> {
  const text = await readFile(storeKeyFile(home), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  if (!/^[0-9a-f]{64}$/.test(text)) throw damaged(home, 'is damaged');
  return Buffer.from(text, 'hex');
}

async function anyVersion(home: Home): Promise<boolean> {
  for await (const _ of glob('{apps/*/*,hub}/secrets/*.json', { cwd: home.root })) return true;
  return false;
}

function damaged(home: Home, problem: string): Failure {
  return new Failure('open the secret store', `${storeKeyFile(home)} ${problem}`, {
    hint: 'restore that file from a backup, or remove the stages under apps/ that were made with it and deploy again',
    exitCode: exitCodes.needsPerson,
  });
}

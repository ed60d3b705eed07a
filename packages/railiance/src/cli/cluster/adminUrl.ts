import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import { Secret } from '../../domain/secret.ts';
import { pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import type { RecordPlace } from '../../kubernetes/records.ts';
import { decoded, read } from '../../kubernetes/store.ts';
import type { Environment } from '../output/terminal.ts';

/**
 * The connection string of a superuser, from where the settings say that it is kept: `env:NAME`, `file:path`, or
 * `secret:namespace/name/key` in the cluster itself.
 * @throws Failure where it is not there, or is no connection string
 */
export async function adminUrlAt(reference: string, { api }: RecordPlace, env: Environment): Promise<Secret> {
  const refuse = (problem: string) =>
    new Failure(`read the database's ${reference}`, problem, {
      hint: 'database = { url = "env:NAME" | "file:path" | "secret:namespace/name/key" } names a postgresql:// address',
      exitCode: exitCodes.dependencyMissing,
    });
  const text = (
    await textAt(reference, api, env).catch((error: unknown) => {
      throw refuse(problemOf(error));
    })
  )?.trim();
  if (!text) throw refuse('there is nothing there');
  // The text itself is never part of a message.
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) throw refuse('it is no postgresql:// address');
  return new Secret(text);
}

async function textAt(reference: string, api: RecordPlace['api'], env: Environment): Promise<string | undefined> {
  const [, kind, rest = ''] = /^(env|file|secret):(.*)$/.exec(reference) ?? [];
  if (kind === 'env') return env[rest];
  if (kind === 'file') return await readFile(rest.replace(/^~(?=\/)/, env.HOME ?? homedir()), 'utf8');
  const [namespace = '', name = '', key = ''] = rest.split('/');
  const found = await read<SecretObject>(api, pathOf('secrets', namespace, name));
  return decoded(found?.data?.[key]);
}

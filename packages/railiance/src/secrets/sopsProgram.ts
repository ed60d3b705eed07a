import { resolve } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import { findPrograms } from '../exec/which.ts';
import { definedOnly } from './ageIdentities.ts';
import type { KeySources } from './openSecrets.ts';
import { SopsError } from './sops/index.ts';
import { readText } from './sopsFile.ts';

const timeoutMs = 120_000;

/** Is this a file that railiance leaves to sops: another format, another key service, Shamir groups? */
export function isLeftToSops(error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : undefined;
  if (!(cause instanceof SopsError)) return false;
  return (
    cause.code === 'unsupported' || (cause.code === 'no-matching-key' && cause.message.includes('also encrypted for'))
  );
}

/**
 * A file's plain text by the sops program, where railiance has refused it for a reason that sops has not.
 * @param type of the output; absent: that of the file
 * @throws `refusal` itself where it is none of sops' business or there is no sops; Failure where sops refuses, too
 */
export async function decryptedBySops(
  file: string,
  refusal: unknown,
  { env, exec, cwd }: KeySources,
  type?: 'json',
): Promise<string> {
  const [program] = findPrograms('sops', env.PATH);
  if (!isLeftToSops(refusal) || program === undefined) throw refusal;
  const output = type === undefined ? [] : ['--output-type', type];
  const argv = [program, 'decrypt', ...output, '--', file] as const;
  const { exitCode, stdout, truncated } = await exec.run({
    argv,
    env: definedOnly(env),
    timeoutMs,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (exitCode === 0 && !truncated) return stdout;
  // What sops says is not passed on: some of its messages quote values.
  const problem = truncated ? 'what it printed is larger than 1 MiB' : `sops itself refused it (exit code ${exitCode})`;
  throw new Failure(`open ${file}`, problem, {
    hint: `sops decrypt ${file} says why`,
    exitCode: exitCodes.dependencyMissing,
    cause: refusal,
  });
}

/** @throws as `decryptedBySops` does */
export async function openedBySops(
  file: string,
  refusal: unknown,
  sources: KeySources,
): Promise<{ readonly text: string; readonly environment: Record<string, string> }> {
  const values = withNumbersAsWritten(await decryptedBySops(file, refusal, sources, 'json'));
  const environment: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'object' && value !== null) {
      throw new Failure(`read the environment in ${file}`, `${name} is a list or map, and an environment has none`, {
        hint: 'keep it in a text, or in a file of its own',
        exitCode: exitCodes.invalidInput,
      });
    }
    environment[name] = value === null ? '' : String(value);
  }
  return { text: await readText(resolve(sources.cwd ?? '.', file), file), environment };
}

/** JSON without rounding: long integers are identifiers more often than numbers. */
function withNumbersAsWritten(json: string): Record<string, unknown> {
  const asWritten = (_name: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? context?.source : value;
  return JSON.parse(json, asWritten) as Record<string, unknown>;
}

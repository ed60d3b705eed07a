import { createHash } from 'node:crypto';
import { extname } from 'node:path';

import { Secret, type Secrets } from '../domain/secret.ts';
import { type KeySources, openSecretsFile } from './openSecrets.ts';
import type { SealedCopy } from './sealedCopies.ts';
import { environmentOf, type OpenedFile, readSops } from './sops/index.ts';
import { sopsFailure } from './sopsFailure.ts';
import { readSecretsFile } from './sopsFile.ts';
import { openedBySops } from './sopsProgram.ts';

/** An app's environment from its SOPS file, opened in memory only. */
export interface AppSecrets {
  readonly values: Secrets;
  /** The file as it stands: what a release keeps. */
  readonly copy: SealedCopy;
  /** `sha256:` and 64 hex digits, of the ciphertext. */
  readonly ciphertextHash: string;
}

/**
 * Opens the file of an app's secrets and checks all of it.
 * @throws Failure where it cannot be opened, was tampered with, or holds what no environment can hold
 */
export async function readAppSecrets(file: string, sources: KeySources): Promise<AppSecrets> {
  const { text, opened } = await openSecretsFile(file, sources).catch(async (error: unknown) => {
    const byThem = await openedBySops(file, error, sources);
    return { text: byThem.text, opened: byThem };
  });
  const environment = 'environment' in opened ? opened.environment : ownEnvironment(file, opened);
  return {
    values: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, new Secret(value)])),
    copy: { text, extension: extname(file) },
    ciphertextHash: `sha256:${createHash('sha256').update(text).digest('hex')}`,
  };
}

function ownEnvironment(file: string, opened: OpenedFile): Record<string, string> {
  try {
    return environmentOf(opened);
  } catch (error) {
    throw sopsFailure(`read the environment in ${file}`, file, error);
  }
}

/**
 * Names in the file, without a key: for a plan, and for checks on machines that must not open it.
 * @throws Failure
 */
export async function readSecretNames(file: string, cwd?: string): Promise<readonly string[]> {
  const { text, format } = await readSecretsFile(file, cwd);
  try {
    const [root] = (await readSops(text, format)).parsed.documents;
    return root?.entries.flatMap((entry) => (entry.kind === 'entry' ? [entry.key] : [])) ?? [];
  } catch (error) {
    throw sopsFailure(`read ${file}`, file, error);
  }
}

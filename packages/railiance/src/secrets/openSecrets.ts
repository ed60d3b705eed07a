import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';
import { type AgeIdentities, findAgeIdentities } from './ageIdentities.ts';
import { type OpenedFile, openSops } from './sops/index.ts';
import { sopsFailure } from './sopsFailure.ts';
import { readSecretsFile, type SecretsText } from './sopsFile.ts';

/** The world that keys come from. */
export interface KeySources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exec: Exec;
  readonly warn: (warning: string) => void;
  /** What file names are relative to; the working directory where it is absent. */
  readonly cwd?: string;
}

/** An encrypted file that was read and opened. */
export interface OpenedSecrets extends SecretsText {
  readonly opened: OpenedFile;
}

/** @throws Failure */
export async function openSecretsFile(file: string, sources: KeySources): Promise<OpenedSecrets> {
  const source = await readSecretsFile(file, sources.cwd);
  return { ...source, opened: await openSecretsText(source, sources) };
}

/** @throws Failure */
export async function openSecretsText(
  { text, format, file }: Omit<SecretsText, 'path'>,
  sources: KeySources,
): Promise<OpenedFile> {
  const keys = await findAgeIdentities(sources.env, sources.exec);
  for (const warning of keys.warnings) sources.warn(warning);
  try {
    return await openSops(
      text,
      format,
      keys.identities.map((identity) => identity.reveal()),
    );
  } catch (error) {
    throw noKeyFailure(file, keys, error) ?? sopsFailure(`open ${file}`, file, error);
  }
}

/** Is it only for want of a key that a file was not opened? */
export function isKeyMissing(error: unknown): error is Failure {
  return error instanceof Failure && (error.cause as { code?: unknown } | undefined)?.code === 'no-matching-key';
}

function noKeyFailure(file: string, { identities, places }: AgeIdentities, error: unknown): Failure | undefined {
  if (identities.length > 0 || (error as { code?: unknown }).code !== 'no-matching-key') return undefined;
  return new Failure(`open ${file}`, `there is no age key to open it with (looked at ${places.join(', ')})`, {
    hint: 'railiance secrets keygen makes one; then have somebody run: railiance secrets add-recipient <your public key>',
    exitCode: exitCodes.dependencyMissing,
    cause: error,
  });
}

import { readFile, stat } from 'node:fs/promises';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';

/** What a key file or key variable holds. Warnings name the place, never the key. */
export interface AgeKeys {
  readonly identities: readonly Secret[];
  readonly warnings: readonly string[];
}

const identityForm = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{40,}$/;
const mostBytes = 1 << 20;

/**
 * age identities, one a line; blank lines and `#` comments are skipped.
 * @throws Failure (invalid input) naming place and line of what is none
 */
export function parseAgeKeys(text: string, place: string): AgeKeys {
  if (/^(age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text)) {
    throw unreadable(place, 'it is encrypted with a passphrase', `export SOPS_AGE_KEY_CMD="age -d ${place}"`);
  }
  const identities: Secret[] = [];
  const warnings: string[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const key = line.trim();
    if (key === '' || key.startsWith('#')) return;
    if (key.startsWith('AGE-PLUGIN-')) {
      warnings.push(`${place} line ${index + 1}: keys of age plugins are left to sops itself`);
    } else if (identityForm.test(key)) {
      identities.push(new Secret(key));
    } else {
      const hint = 'each line holds one AGE-SECRET-KEY-1… or a # comment; SSH keys are left to sops itself';
      throw unreadable(place, `line ${index + 1} is no age identity`, hint);
    }
  });
  return { identities, warnings };
}

/** @throws Failure (invalid input, or a missing dependency where there is no such file) */
export async function readAgeKeyFile(file: string): Promise<AgeKeys> {
  try {
    const { mode, size } = await stat(file);
    if (size > mostBytes) throw unreadable(file, 'it is far too large for a key file', 'check the path');
    const keys = parseAgeKeys(await readFile(file, 'utf8'), file);
    if ((mode & 0o077) === 0 || process.platform === 'win32') return keys;
    const warning = `${file} holds private keys and others may read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${file}`;
    return { ...keys, warnings: [warning, ...keys.warnings] };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unreadable(file, problemOf(error), 'railiance secrets keygen makes a key', error);
  }
}

function unreadable(place: string, problem: string, hint: string, cause?: unknown): Failure {
  const options = { hint, exitCode: exitCodes.invalidInput, ...(cause === undefined ? {} : { cause }) };
  return new Failure(`read the age key in ${place}`, problem, options);
}

import { homedir } from 'node:os';
import { join } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import type { Exec } from '../exec/exec.ts';
import { type AgeKeys, parseAgeKeys, readAgeKeyFile } from './ageKeyFile.ts';
import { shellWords } from './shellWords.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface AgeIdentities extends AgeKeys {
  /** Places that were looked at, for the message when no key fits. */
  readonly places: readonly string[];
}

const commandTimeoutMs = 60_000;

/** Where sops, too, keeps a person's keys. */
export function ageKeysFile(env: Env): string {
  const home = env.HOME || homedir();
  const ownFolder =
    process.platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.config');
  return join(env.XDG_CONFIG_HOME || ownFolder, 'sops', 'age', 'keys.txt');
}

/**
 * Every age identity that sops would find: `$SOPS_AGE_KEY`, `$SOPS_AGE_KEY_FILE`, the output of `$SOPS_AGE_KEY_CMD` (run
 * without a shell), and `keys.txt` in the user's configuration. None at all is no error here.
 * @throws Failure naming the place of a key that cannot be read
 */
export async function findAgeIdentities(env: Env, exec: Exec): Promise<AgeIdentities> {
  const sources: AgeKeys[] = [];
  const places: string[] = [];
  const { SOPS_AGE_KEY: inline, SOPS_AGE_KEY_FILE: file, SOPS_AGE_KEY_CMD: command } = env;
  if (inline) {
    places.push('$SOPS_AGE_KEY');
    sources.push(parseAgeKeys(inline, '$SOPS_AGE_KEY'));
  }
  if (file) {
    places.push(file);
    sources.push(await readAgeKeyFile(file));
  }
  if (command) {
    places.push('$SOPS_AGE_KEY_CMD');
    sources.push(await keysFromCommand(command, env, exec));
  }
  const own = ageKeysFile(env);
  places.push(own);
  sources.push(await readAgeKeyFile(own).catch(noneWhereMissing));
  const warnings = sources.flatMap((source) => source.warnings);
  if (env.SOPS_AGE_SSH_PRIVATE_KEY_FILE) {
    warnings.push('$SOPS_AGE_SSH_PRIVATE_KEY_FILE: SSH keys are left to sops itself; use an age key with railiance');
  }
  return { identities: sources.flatMap((source) => source.identities), warnings, places };
}

async function keysFromCommand(command: string, env: Env, exec: Exec): Promise<AgeKeys> {
  const argv = shellWords(command, 'SOPS_AGE_KEY_CMD');
  const result = await exec.run({ argv, env: definedOnly(env), timeoutMs: commandTimeoutMs });
  if (result.exitCode === 0) return parseAgeKeys(result.stdout, '$SOPS_AGE_KEY_CMD');
  const how = result.timedOut
    ? 'it took more than a minute'
    : `it ended with exit code ${result.exitCode ?? result.signal}`;
  throw new Failure('ask $SOPS_AGE_KEY_CMD for the age key', how, {
    hint: 'run the command by hand to see what it says',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** The user's own environment, for programs that are the user's own. */
export function definedOnly(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function noneWhereMissing(error: unknown): AgeKeys {
  const cause = error instanceof Failure ? error.cause : undefined;
  if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return { identities: [], warnings: [] };
  throw error;
}

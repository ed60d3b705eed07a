import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { Secret } from '../../domain/secret.ts';
import type { Exec } from '../../exec/exec.ts';
import { createRedactor } from '../../exec/redact.ts';
import { type CredentialHelper, type Credentials, dockerCredentials } from '../../oci/index.ts';
import type { Environment } from '../output/terminal.ts';
import type { Output } from '../output.ts';

export interface CredentialSources {
  readonly env: Environment;
  readonly exec: Exec;
  readonly output: Pick<Output, 'redactWith'>;
}

const helperTimeoutMs = 30_000;

/**
 * Credentials for one host: what the blueprint's reference names, else what the Docker configuration has for the host.
 * Whatever is found is taken out of every output from then on.
 * @throws Failure (invalid input) for a reference that leads to nothing
 */
export async function credentialsFor(
  host: string,
  reference: string | undefined,
  sources: CredentialSources,
): Promise<Credentials | undefined> {
  const found = await find(host, reference, sources);
  if (found !== undefined) hide(found, sources.output);
  return found;
}

export function hide({ username, password }: Credentials, output: CredentialSources['output']): void {
  const value = password.reveal();
  output.redactWith(createRedactor([value, `${username}:${value}`]));
}

/** `$DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigFile(env: Environment): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
}

/** Runs Docker's credential helpers. What they are given goes to their standard input. */
export function helperBy({ env, exec }: Pick<CredentialSources, 'env' | 'exec'>): CredentialHelper {
  const kept = ['PATH', 'HOME', 'USER', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'GNUPGHOME', 'DISPLAY'];
  const passed = kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return async (helper, verb, input) => {
    const program = `docker-credential-${helper}`;
    const { exitCode, stdout } = await exec.run({
      argv: [program, verb],
      input,
      env: Object.fromEntries(passed),
      timeoutMs: helperTimeoutMs,
    });
    if (exitCode === 0) return stdout;
    if (/credentials not found/i.test(stdout)) return undefined;
    throw new Failure(`ask ${program}`, `it ended with ${exitCode}`, {
      hint: `echo <host> | ${program} ${verb} shows what it says`,
    });
  };
}

async function find(
  host: string,
  reference: string | undefined,
  sources: CredentialSources,
): Promise<Credentials | undefined> {
  const action = `read the credentials for ${host}`;
  if (reference?.startsWith('env:')) {
    const name = reference.slice('env:'.length);
    return parsed(action, sources.env[name], `$${name}`);
  }
  if (reference?.startsWith('file:')) {
    const file = reference.slice('file:'.length).replace(/^~(?=\/)/, sources.env.HOME ?? homedir());
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new Failure(action, `${file}: ${error.code ?? 'cannot be read'}`, { exitCode: exitCodes.invalidInput });
    });
    return parsed(action, text.trim(), file);
  }
  const text = await readFile(dockerConfigFile(sources.env), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : dockerCredentials(text, host, helperBy(sources));
}

/** `user:password`; the password may hold colons. */
function parsed(action: string, text: string | undefined, where: string): Credentials {
  const colon = text?.indexOf(':') ?? -1;
  if (text !== undefined && colon > 0 && colon < text.length - 1 && !/[\r\n]/.test(text)) {
    return { username: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) };
  }
  throw new Failure(action, text === undefined ? `${where} is not set` : `${where} is not user:password`, {
    hint: `${where} holds the user's name, a colon, and the password or token`,
    exitCode: exitCodes.invalidInput,
  });
}

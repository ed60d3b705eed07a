import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';

import type { Home } from '../../config/home.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { target } from '../../domain/name.ts';
import { Secret } from '../../domain/secret.ts';
import type { HubAddress } from '../../events/hub/hubAddress.ts';
import { createFileSecretStore } from '../../secrets/fileSecretStore.ts';
import type { Environment } from '../output/terminal.ts';

export interface KeySources {
  readonly home: Home;
  readonly env: Environment;
}

/** Every hub's key is one value of the same version: `<home>/hub/secrets/`. */
const kept = target('hub', 'keys');

const storeIn = (home: Home) => createFileSecretStore({ home: { ...home, target: () => home.hub } });

/** @throws Failure (a dependency is missing) where the reference leads to no key */
export async function hubKey({ url, key }: HubAddress, { home, env }: KeySources): Promise<Secret> {
  if (key.startsWith('env:')) return keyOf(url, env[key.slice('env:'.length)], `$${key.slice('env:'.length)}`);
  if (key.startsWith('file:')) {
    const file = key.slice('file:'.length).replace(/^~(?=\/)/, env.HOME ?? homedir());
    return keyOf(url, await readFile(file, 'utf8').catch(() => undefined), file);
  }
  const store = storeIn(home);
  const version = await store.latest(kept);
  const found = version === undefined ? undefined : (await store.get(kept, version))[url];
  if (found) return found;
  throw new Failure(`read the key of ${url}`, 'none is kept here', {
    hint: 'railiance events login',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Keeps the key of a hub in the secret store of this machine. Earlier ones are forgotten. */
export async function keepHubKey(url: string, key: Secret, home: Home): Promise<void> {
  const store = storeIn(home);
  const before = await store.latest(kept);
  const others = before === undefined ? {} : await store.get(kept, before);
  const version = await store.put(kept, { ...others, [url]: key });
  for (const old of await store.versions(kept)) if (old !== version) await store.remove(kept, old);
}

function keyOf(url: string, text: string | undefined, where: string): Secret {
  const value = text?.trim();
  if (value !== undefined && /^[\x21-\x7e]{1,500}$/.test(value)) return new Secret(value);
  const problem = value === undefined ? `${where} is not there` : `${where} holds no key`;
  throw new Failure(`read the key of ${url}`, problem, {
    hint: `put the hub's key into ${where}`,
    exitCode: exitCodes.dependencyMissing,
  });
}

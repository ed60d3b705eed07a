import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';

const provider = 'railiance-token-file';

interface NamedUser {
  readonly name?: unknown;
  readonly user?: { readonly tokenFile?: unknown } | null;
}

/**
 * Users with the file that holds their bearer token, which the library leaves out.
 * Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ (`tokenFile`)
 * @param files kubeconfigs, the first one that names a user counts
 */
export function withTokenFiles(users: readonly User[], files: readonly string[]): User[] {
  const pathOf = new Map<string, string>();
  for (const file of files) {
    for (const { name, path } of tokenFilesIn(file)) if (!pathOf.has(name)) pathOf.set(name, path);
  }
  return users.map(({ token, ...user }) => {
    const path = pathOf.get(user.name);
    // What the file says counts more than a token beside it.
    if (path !== undefined) return { ...user, authProvider: { name: provider, config: { path } } };
    return { ...user, ...(token !== undefined && { token }) };
  });
}

function tokenFilesIn(file: string): readonly { readonly name: string; readonly path: string }[] {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('tokenFile')) return [];
  const users: unknown = parse(text)?.users;
  const named: readonly NamedUser[] = Array.isArray(users) ? users : [];
  return named.flatMap(({ name, user }) => {
    const path = user?.tokenFile;
    if (typeof name !== 'string' || typeof path !== 'string' || path === '') return [];
    return [{ name, path: resolve(dirname(file), path) }];
  });
}

/** Read with each request: whoever writes such a file writes it again before the token in it ends. */
export const tokenFileAuth = {
  isAuthProvider: ({ authProvider }: User): boolean => authProvider?.name === provider,
  async applyAuthentication({ authProvider }: User, options: RequestOptions): Promise<void> {
    const token = (await readFile(authProvider.config.path, 'utf8')).trim();
    options.headers = { ...options.headers, Authorization: `Bearer ${token}` } as RequestOptions['headers'];
  },
};

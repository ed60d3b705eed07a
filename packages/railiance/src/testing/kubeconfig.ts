import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface KubeconfigContent {
  /** More of the one cluster, whose certificate is not checked. */
  readonly cluster: { readonly server: string } & Readonly<Record<string, unknown>>;
  /** The one user. */
  readonly user?: object;
}

/** Writes a kubeconfig with one context. Resolves with its path. */
export async function writeKubeconfig(folder: string, { cluster, user = {} }: KubeconfigContent): Promise<string> {
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    clusters: [{ name: 'c', cluster: { 'insecure-skip-tls-verify': true, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
  };
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(content));
  return file;
}

import type { Target } from '../domain/name.ts';
import type { Revocations } from './revocations.ts';
import type { SecretStore } from './secretStore.ts';

/**
 * Kept versions of a stage's secrets whose `DATABASE_URL` logs in as a role: a new password for it would shut out every
 * release that has one of them. Versions that were revoked do not count, since nothing brings them back.
 */
export async function versionsLoggingInAs(
  role: string,
  target: Target,
  store: Pick<SecretStore, 'versions' | 'get'>,
  revocations: Pick<Revocations, 'list'>,
): Promise<readonly string[]> {
  const revoked = new Set((await revocations.list(target)).map(({ version }) => version));
  const found: string[] = [];
  for (const version of await store.versions(target)) {
    if (revoked.has(version)) continue;
    const url = (await store.get(target, version)).DATABASE_URL?.reveal() ?? '';
    if (URL.canParse(url) && decodeURIComponent(new URL(url).username) === role) found.push(version);
  }
  return found;
}

import { access } from 'node:fs/promises';
import { join } from 'node:path';

import type { AppSpec } from '../domain/app.ts';
import type { Secrets } from '../domain/secret.ts';
import type { KeySources } from '../secrets/openSecrets.ts';

/** The environment in an app's SOPS file, opened in memory. Nothing where app.toml names no file and there is none. */
export async function sealedSecrets(
  { slug, directory, secrets }: Pick<AppSpec, 'slug' | 'directory' | 'secrets'>,
  sources: KeySources,
): Promise<Secrets> {
  const file = join(directory, secrets.file ?? `deploy/railiance/secrets/${slug}.env.sops.yaml`);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere && secrets.file === undefined) return {};
  const { readAppSecrets } = await import('../secrets/appSecrets.ts');
  return (await readAppSecrets(file, sources)).values;
}

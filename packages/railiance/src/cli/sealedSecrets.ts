import { access } from 'node:fs/promises';

import { containedPath } from '../config/contained.ts';
import type { AppSpec } from '../domain/app.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { AppSecrets } from '../secrets/appSecrets.ts';
import type { KeySources } from '../secrets/openSecrets.ts';

/** The environment in an app's SOPS file, opened in memory. Undefined where app.toml names no file and there is none. */
export async function sealedSecrets(
  { slug, directory, secrets }: Pick<AppSpec, 'slug' | 'directory' | 'secrets'>,
  sources: KeySources,
): Promise<AppSecrets | undefined> {
  const path = secrets.file ?? `deploy/railiance/secrets/${slug}.env.sops.yaml`;
  // Asked when app.toml was read, and again here: a link may have been put in between.
  const file = await containedPath(directory, path);
  if (file === undefined) {
    throw new Failure(`read ${path}`, 'it leads out of the folder of app.toml', {
      hint: 'put the file itself there, not a link',
      exitCode: exitCodes.invalidInput,
    });
  }
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere && secrets.file === undefined) return undefined;
  const { readAppSecrets } = await import('../secrets/appSecrets.ts');
  return await readAppSecrets(file, sources);
}

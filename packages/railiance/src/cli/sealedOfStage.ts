import type { AppSpec } from '../domain/app.ts';
import type { Stage } from '../domain/stage.ts';
import type { KeySources } from '../secrets/openSecrets.ts';
import type { Clusters } from './clusters.ts';
import { sealedSecrets } from './sealedSecrets.ts';

/**
 * The environment in an app's SOPS file, for one stage: opened with a key of whoever deploys, and on a cluster, where there
 * is none, with the one that `secrets bootstrap` put there.
 */
export async function sealedOfStage(
  app: Pick<AppSpec, 'slug' | 'directory' | 'secrets'>,
  stage: Stage,
  { clusters, ...sources }: KeySources & { readonly clusters: Clusters },
): ReturnType<typeof sealedSecrets> {
  if (stage.engine !== 'kubernetes') return await sealedSecrets(app, sources);
  const { findAgeIdentities } = await import('../secrets/ageIdentities.ts');
  const { identities } = await findAgeIdentities(sources.env, sources.exec);
  const cluster = identities.length > 0 ? undefined : await clusters.at({ stage: stage.name });
  if (!cluster) return await sealedSecrets(app, sources);
  const { readClusterAgeKey } = await import('../secrets/clusterAgeKey.ts');
  const key = await readClusterAgeKey(cluster.place);
  const env = key ? { ...sources.env, SOPS_AGE_KEY: key.reveal() } : sources.env;
  return await sealedSecrets(app, { ...sources, env });
}

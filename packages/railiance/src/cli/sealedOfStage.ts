import type { AppSpec } from '../domain/app.ts';
import { Failure, problemOf } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import type { Stage } from '../domain/stage.ts';
import { isKeyMissing, type KeySources } from '../secrets/openSecrets.ts';
import type { Clusters } from './clusters.ts';
import { sealedSecrets } from './sealedSecrets.ts';

type StageSources = KeySources & { readonly clusters: Pick<Clusters, 'at'> };

/**
 * The environment in an app's SOPS file, for one stage: opened with a key of whoever deploys, and on a cluster, where none
 * of those fits, with those of the machine that it is changed from, or the one that `secrets bootstrap` put there.
 */
export async function sealedOfStage(
  app: Pick<AppSpec, 'slug' | 'directory' | 'secrets'>,
  stage: Pick<Stage, 'name' | 'engine'>,
  { clusters, ...sources }: StageSources,
): ReturnType<typeof sealedSecrets> {
  try {
    return await sealedSecrets(app, sources);
  } catch (error) {
    if (stage.engine !== 'kubernetes' || !isKeyMissing(error)) throw error;
    const key = await keyOfCluster(stage.name, clusters, error);
    // What was warned of was said the first time; the key is nothing for the program that is asked for keys.
    const env = {
      ...sources.env,
      SOPS_AGE_KEY: key.reveal(),
      SOPS_AGE_KEY_FILE: undefined,
      SOPS_AGE_KEY_CMD: undefined,
    };
    return await sealedSecrets(app, { ...sources, env, warn: () => {} }).catch((second: unknown) => {
      throw isKeyMissing(second) ? withoutFit(error, second) : second;
    });
  }
}

/** @throws Failure: why the file cannot be opened here, and why the cluster is of no help */
async function keyOfCluster(stage: string, clusters: StageSources['clusters'], missing: Failure): Promise<Secret> {
  const bootstrap = `put a key that opens it into the cluster: railiance secrets bootstrap ${stage} <key file>`;
  const { action, problem, exitCode } = missing;
  try {
    const cluster = await clusters.at({ stage });
    if (!cluster) throw missing;
    const { readClusterAgeKey } = await import('../secrets/clusterAgeKey.ts');
    const there = cluster.origin && (await (await import('./cluster/origin.ts')).ageKeysOf(cluster.origin));
    const keys = [there, await readClusterAgeKey(cluster.place)].flatMap((key) => key?.reveal() ?? []);
    if (keys.length > 0) return new Secret(keys.join('\n'));
    throw new Failure(action, `${problem}; nor is there one in ${cluster.place.namespace} of the cluster`, {
      hint: bootstrap,
      exitCode,
      cause: missing,
    });
  } catch (error) {
    if (error instanceof Failure && (error === missing || error.cause === missing)) throw error;
    const words = `${problem}; and the cluster's cannot be read: ${problemOf(error)}`;
    throw new Failure(action, words, { hint: bootstrap, exitCode, cause: missing });
  }
}

function withoutFit({ action, problem, exitCode }: Failure, second: Failure): Failure {
  const words = `${problem}; nor does the key in the cluster`;
  const hint = 'railiance secrets add-recipient <the public part of the key in the cluster>';
  return new Failure(action, words, { hint, exitCode, cause: second });
}

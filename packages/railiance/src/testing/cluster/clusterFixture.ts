import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Artifact } from '../../domain/artifact.ts';
import { systemClock } from '../../domain/clock.ts';
import type { EngineFixture } from '../../engines/contract/fixture.ts';
import { helmHere } from '../../engines/kubernetes/helm/helmPlace.ts';
import { createKubernetesEngine } from '../../engines/kubernetes/kubernetesEngine.ts';
import { clusterSettings } from '../../engines/kubernetes/settings.ts';
import type { ClusterOptions } from '../../engines/kubernetes/tools.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { type Api, createApi } from '../../kubernetes/api.ts';
import { openConnection } from '../../kubernetes/connection.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { remove } from '../../kubernetes/store.ts';
import { imageInLayout, openLayout, parseReference, pushImage, Registry } from '../../oci/index.ts';
import { sampleQuestions } from '../local/localFixture.ts';
import { makeSampleArtifact } from '../local/sampleImage.ts';
import { createMemorySecretStore } from '../memorySecretStore.ts';

/** The cluster that `npm run test:lab` gives, and a corner of it that is taken away at the end. */
export interface LabCluster {
  readonly api: Api;
  /** `host:port` of a registry that speaks plain HTTP, for this machine and for the nodes. */
  readonly registry: string;
  /** `host:port` of the ingress. */
  readonly http: string;
  /** Beginning of every name in this corner. */
  readonly mark: string;
  /** Removes every namespace that begins with the mark. */
  clear(): Promise<void>;
}

export function openLabCluster(purpose: string): LabCluster {
  const { RAILIANCE_LAB_REGISTRY: registry = '127.0.0.1:15000', RAILIANCE_LAB_HTTP: http = '127.0.0.1:18080' } =
    process.env;
  const api = createApi(openConnection({}, process.env));
  const mark = `${purpose}-${randomBytes(3).toString('hex')}`;
  return {
    ...{ api, registry, http, mark },
    async clear() {
      const { items } = await api.call<KubeList<KubeObject>>(pathOf('namespaces'));
      const ours = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(mark));
      await Promise.all(ours.map((name) => remove(api, pathOf('namespaces', undefined, name))));
      api.connection.close();
    },
  };
}

export interface ClusterFixture extends EngineFixture {
  readonly lab: LabCluster;
  /** What the engine is made of: another one made of the same is on the same stage. */
  readonly options: ClusterOptions;
  close(): Promise<void>;
}

/** The real engine on the lab's cluster, as its admin or `as` somebody else, with the sample app in the lab's registry. */
export async function openClusterFixture(helm = 'helm', as?: Api): Promise<ClusterFixture> {
  const lab = openLabCluster('engine');
  const directory = await mkdtemp(join(tmpdir(), 'railiance-cluster-'));
  const layoutDir = join(directory, 'images');
  const { artifact, image } = await pushSample(lab, layoutDir);
  const secrets = createMemorySecretStore();
  const settings = clusterSettings('canary', {
    namespace: `${lab.mark}-apps`,
    state_namespace: `${lab.mark}-state`,
    helm,
    ingress: { http: lab.http },
  });
  const exec = createLocalExec();
  const options: ClusterOptions = {
    stage: { name: 'canary', production: false },
    api: as ?? lab.api,
    exec,
    helmPlace: helmHere(exec, join(directory, 'programs')),
    clock: systemClock,
    secrets,
    settings,
  };
  return {
    ...{ lab, options, engine: createKubernetesEngine(options), artifact, layoutDir, image },
    givesWantedPort: true,
    ...sampleQuestions,
    putSecrets: (target, values) => secrets.put(target, values),
    close: async () => {
      await lab.clear();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function pushSample(
  { registry: host }: LabCluster,
  layoutDir: string,
): Promise<{ artifact: Artifact; image: string }> {
  const made = await makeSampleArtifact(layoutDir);
  const layout = await openLayout(layoutDir);
  const source = await imageInLayout(layout, made.manifestDigest);
  const registry = new Registry({ host, plainHttp: true });
  try {
    const { repository } = parseReference(`${host}/contract/sample:${made.revision.tag}`);
    const pushed = await pushImage(registry.repository(repository, 'push'), source, { tag: made.revision.tag });
    const artifact = { ...made, configDigest: pushed.configDigest };
    return { artifact, image: `${host}/${repository}:${made.revision.tag}@${pushed.manifestDigest}` };
  } finally {
    registry.close();
  }
}

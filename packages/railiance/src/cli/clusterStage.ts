import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import type { Home } from '../config/home.ts';
import { systemClock } from '../domain/clock.ts';
import type { Stage } from '../domain/stage.ts';
import { createKubernetesEngine, type KubernetesEngine } from '../engines/kubernetes/kubernetesEngine.ts';
import { type ClusterSettings, clusterSettings } from '../engines/kubernetes/settings.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { type Api, createApi } from '../kubernetes/api.ts';
import { openConnection } from '../kubernetes/connection.ts';
import type { RecordPlace } from '../kubernetes/records.ts';
import { createKubernetesLeaseStore, type KubernetesLeaseStore } from '../pipeline/kubernetesLeaseStore.ts';
import { createKubernetesRunStore, type KubernetesRunStore } from '../pipeline/kubernetesRunStore.ts';
import { hostOf } from '../pipeline/registryReference.ts';
import { createKubernetesReleaseStore, type KubernetesReleaseStore } from '../releases/kubernetesReleaseStore.ts';
import { createKubernetesSecretStore } from '../secrets/kubernetesSecretStore.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import type { Environment } from './output/terminal.ts';
import { credentialsFor } from './registry/credentials.ts';

/** Everything of one stage that is a cluster: what runs there, and its records, which are kept there too. */
export interface ClusterStage {
  /** Of the stage. */
  readonly name: string;
  readonly api: Api;
  readonly settings: ClusterSettings;
  readonly engine: KubernetesEngine;
  readonly releases: KubernetesReleaseStore;
  readonly runs: KubernetesRunStore;
  readonly leaseStore: KubernetesLeaseStore;
  readonly secrets: SecretStore;
  /** Where the records are. */
  readonly place: RecordPlace;
}

/** Loaded only where a stage is a cluster: the client library is most of what there is to load. */
export function openClusterStage(stage: Stage, env: Environment, home: Home): ClusterStage {
  const settings = clusterSettings(stage.name, stage.settings);
  const { kubeconfig, context } = settings;
  const file = kubeconfig === undefined ? {} : { kubeconfig: absolute(kubeconfig, env) };
  const api = createApi(openConnection({ ...file, ...(context !== undefined && { context }) }, env));
  const place = { api, namespace: settings.state_namespace };
  const secrets = createKubernetesSecretStore(place);
  const exec = createLocalExec();
  const options = { stage, settings, api, exec, clock: systemClock, secrets };
  return {
    name: stage.name,
    api,
    settings,
    engine: createKubernetesEngine({ ...options, pullCredentials: () => pullCredentials(stage, env) }),
    releases: createKubernetesReleaseStore(place),
    runs: createKubernetesRunStore({ ...place, home, clock: systemClock }),
    leaseStore: createKubernetesLeaseStore(place),
    secrets,
    place,
  };
}

function absolute(path: string, env: Environment): string {
  const expanded = path.replace(/^~(?=\/|$)/, env.HOME ?? homedir());
  return isAbsolute(expanded) ? expanded : resolve(join(process.cwd(), expanded));
}

/** What the nodes need to pull: only where the blueprint says so, and never what is for pushing. */
async function pullCredentials({ registry }: Stage, env: Environment) {
  const reference = registry?.credentials.pull;
  if (registry === undefined || reference === undefined) return undefined;
  const host = hostOf(registry.pull);
  const output = { redactWith: () => {} };
  const named = reference === 'docker' ? undefined : reference;
  const found = await credentialsFor(host, named, { env, exec: createLocalExec(), output });
  if (!found) return undefined;
  const auth = Buffer.from(`${found.username}:${found.password.reveal()}`).toString('base64');
  return { registry: host, dockerConfigJson: JSON.stringify({ auths: { [host]: { auth } } }) };
}

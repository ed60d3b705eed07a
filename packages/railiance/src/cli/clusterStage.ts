import { homedir } from 'node:os';
import { join } from 'node:path';

import { given } from '../config/given.ts';
import type { Home } from '../config/home.ts';
import { createClusterDatabase } from '../database/clusterDatabase.ts';
import type { DatabaseProvider } from '../database/database.ts';
import { systemClock } from '../domain/clock.ts';
import { keptAnswer } from '../domain/keptAnswer.ts';
import type { Secret } from '../domain/secret.ts';
import type { Stage } from '../domain/stage.ts';
import { helmHere, helmOn } from '../engines/kubernetes/helm/helmPlace.ts';
import { createKubernetesEngine, type KubernetesEngine } from '../engines/kubernetes/kubernetesEngine.ts';
import { type ClusterSettings, clusterSettings } from '../engines/kubernetes/settings.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { type Api, createApi } from '../kubernetes/api.ts';
import { type ConnectionOptions, openConnection } from '../kubernetes/connection.ts';
import type { RecordPlace } from '../kubernetes/records.ts';
import { createKubernetesLeaseStore, type KubernetesLeaseStore } from '../pipeline/kubernetesLeaseStore.ts';
import { createKubernetesRunStore, type KubernetesRunStore } from '../pipeline/kubernetesRunStore.ts';
import { hostOf } from '../pipeline/registryReference.ts';
import type { ApprovalStore } from '../releases/approvalStore.ts';
import { createKubernetesApprovalStore } from '../releases/kubernetesApprovalStore.ts';
import { createKubernetesReleaseStore, type KubernetesReleaseStore } from '../releases/kubernetesReleaseStore.ts';
import { clusterStoreKey } from '../secrets/clusterStoreKey.ts';
import { createKubernetesRevocations } from '../secrets/kubernetesRevocations.ts';
import { createKubernetesSealedCopies } from '../secrets/kubernetesSealedCopies.ts';
import { createKubernetesSecretStore } from '../secrets/kubernetesSecretStore.ts';
import type { Revocations } from '../secrets/revocations.ts';
import type { SealedCopies } from '../secrets/sealedCopies.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import { createSigner } from '../secrets/signer.ts';
import { adminUrlAt } from './cluster/adminUrl.ts';
import { type ClusterIdentity, clusterIdentity } from './cluster/lastCluster.ts';
import { type Origin, openOrigin, originNode } from './cluster/origin.ts';
import type { Environment } from './output/terminal.ts';
import { configDigestsAt } from './registry/configDigests.ts';
import { credentialsFor } from './registry/credentials.ts';

/** Everything of one stage that is a cluster: what runs there, and its records, which are kept there too. */
export interface ClusterStage {
  /** Of the stage. */
  readonly name: string;
  readonly api: Api;
  /** What it is known again by, asked once; undefined where this user may not see it. */
  readonly identity: () => Promise<ClusterIdentity | undefined>;
  readonly settings: ClusterSettings;
  readonly engine: KubernetesEngine;
  readonly releases: KubernetesReleaseStore;
  readonly runs: KubernetesRunStore;
  readonly leaseStore: KubernetesLeaseStore;
  readonly secrets: SecretStore;
  readonly sealedCopies: SealedCopies;
  readonly revocations: Revocations;
  readonly approvals: ApprovalStore;
  /** Where its settings name a PostgreSQL. */
  readonly database?: DatabaseProvider & { readonly adminUrl: () => Promise<Secret> };
  /** Machine that it is changed from; absent: this one. */
  readonly origin?: Origin;
  /** Where the records are. */
  readonly place: RecordPlace;
}

/** Of one command, by what their connection was asked for. */
export type Apis = Map<string, Api>;

/** Loaded only where a stage is a cluster: the client library is most of what there is to load. */
export async function openClusterStage(
  stage: Stage,
  { env, home, apis }: { readonly env: Environment; readonly home: Home; readonly apis: Apis },
): Promise<ClusterStage> {
  const settings = clusterSettings(stage.name, stage.settings);
  const exec = createLocalExec();
  const node = originNode(stage);
  const origin = node && (await openOrigin(node, settings, { env, exec }));
  const api = origin ? createApi(origin.connection) : apiFor(hereOf(settings, env), env, apis);
  const place = { api, namespace: settings.state_namespace };
  const storeKey = clusterStoreKey(place);
  const secrets = createKubernetesSecretStore(place, storeKey);
  const helmPlace = origin ? helmOn(origin.machine, origin.exec) : helmHere(exec, join(home.cache, 'programs'));
  const options = { stage, settings, api, exec, helmPlace, clock: systemClock, secrets };
  const plainHttpHosts = stage.registry?.plainHttp ? [stage.registry.push, stage.registry.pull].map(hostOf) : [];
  return {
    name: stage.name,
    api,
    identity: keptAnswer(() => clusterIdentity(api)),
    settings,
    engine: createKubernetesEngine({
      ...{ ...options, plainHttpHosts, pullCredentials: () => pullCredentials(stage, env) },
      configDigestsOf: configDigestsAt(stage.registry, { env, output: nothingToRedact }),
    }),
    releases: createKubernetesReleaseStore(place),
    runs: createKubernetesRunStore({ ...place, home, clock: systemClock }),
    leaseStore: createKubernetesLeaseStore(place),
    secrets,
    sealedCopies: createKubernetesSealedCopies(place),
    revocations: createKubernetesRevocations(place),
    approvals: createKubernetesApprovalStore({ ...place, clock: systemClock, signer: createSigner(storeKey) }),
    ...(settings.database && { database: databaseAt(settings.database.url, place, env) }),
    ...(origin && { origin }),
    place,
  };
}

/** Stages of one cluster ask it over the same connections. */
function apiFor(given: ConnectionOptions, env: Environment, apis: Apis): Api {
  const key = JSON.stringify(given);
  const api = apis.get(key) ?? createApi(openConnection(given, env));
  apis.set(key, api);
  return api;
}

function databaseAt(reference: string, place: RecordPlace, env: Environment) {
  const adminUrl = () => adminUrlAt(reference, place, env);
  return { ...createClusterDatabase({ place, adminUrl }), adminUrl };
}

function hereOf({ kubeconfig, context }: ClusterSettings, env: Environment): ConnectionOptions {
  const expanded = kubeconfig?.replace(/^~(?=\/|$)/, env.HOME ?? homedir());
  return given({ kubeconfig: expanded, context });
}

/** Nothing of what is read of a registry here is printed. */
const nothingToRedact = { redactWith: () => {} };

/** What the nodes need to pull: only where the blueprint says so, and never what is for pushing. */
async function pullCredentials({ registry }: Stage, env: Environment) {
  const reference = registry?.credentials.pull;
  if (registry === undefined || reference === undefined) return undefined;
  const host = hostOf(registry.pull);
  const named = reference === 'docker' ? undefined : reference;
  const found = await credentialsFor(host, named, { env, exec: createLocalExec(), output: nothingToRedact });
  if (!found) return undefined;
  const auth = Buffer.from(`${found.username}:${found.password.reveal()}`).toString('base64');
  return { registry: host, dockerConfigJson: JSON.stringify({ auths: { [host]: { auth } } }) };
}

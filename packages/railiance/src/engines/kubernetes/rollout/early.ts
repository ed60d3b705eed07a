import { join } from 'node:path';
import { parse } from 'yaml';

import { applyPatch, pathOf, type Workload } from '../../../kubernetes/objects.ts';
import type { Cluster } from '../cluster.ts';
import { templateArgv } from '../helm/argv.ts';
import { helmOrFail, withFolder, writeValues } from '../helm/helm.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import { chartValues } from '../values.ts';
import { helmTargetOf, writeChart } from './apply.ts';

/** What carries these is taken over by the release: https://github.com/helm/helm/pull/7649 */
const ownedBy = (name: string, namespace: string) => ({
  'meta.helm.sh/release-name': name,
  'meta.helm.sh/release-namespace': namespace,
});

/** By what it is made from: a start that was prepared finds its own. */
const rendered = new WeakMap<Cluster, Map<string, Promise<Workload>>>();

/** An instance's Deployment, just as Helm is going to make it, with the marks by which Helm takes it over. */
export async function renderDeployment(
  cluster: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  signal: AbortSignal,
): Promise<Workload> {
  const [{ route }, version] = await Promise.all([cluster.ingress(), cluster.version()]);
  const values = chartValues({ ...state, instances: [entry] }, cluster.settings, route);
  const kubeVersion = /^v?\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;
  const known = rendered.get(cluster) ?? new Map<string, Promise<Workload>>();
  rendered.set(cluster, known);
  const key = JSON.stringify([state.namespace, state.release, kubeVersion, values]);
  // One that was stopped, or failed, while it was only prepared is made anew.
  const found = await known.get(key)?.catch(() => undefined);
  if (found) return found;
  const rendering = render(cluster, state, { values, kubeVersion }, signal);
  known.set(key, rendering);
  return await rendering;
}

async function render(
  cluster: Cluster,
  { app, namespace, release }: TargetState,
  { values, kubeVersion }: { readonly values: object; readonly kubeVersion: string },
  signal: AbortSignal,
): Promise<Workload> {
  return await withFolder(async (folder) => {
    await writeChart(join(folder, 'chart'), app);
    await writeValues(folder, 'values.json', values);
    return await cluster.helmPlace.carried(folder, async (there) => {
      const argv = templateArgv(helmTargetOf(cluster, namespace), {
        ...{ release, chart: join(there, 'chart'), values: [join(there, 'values.json')] },
        ...{ kubeVersion, only: 'templates/deployment.yaml' },
      });
      const { stdout } = await helmOrFail(cluster.helmPlace, argv, signal);
      const object = parse(stdout) as Workload;
      const annotations = { ...object.metadata.annotations, ...ownedBy(release, namespace) };
      return { ...object, metadata: { ...object.metadata, annotations } };
    });
  });
}

/**
 * Has the pods start while Helm is still at work. Applied under the name that Helm 3 and 4 write by, so that Helm's own apply meets
 * nobody else's fields. False where the cluster refuses it: that is left to Helm, which says so.
 */
export async function beginDeployment({ api }: Cluster, deployment: Workload, signal: AbortSignal): Promise<boolean> {
  const { name, namespace } = deployment.metadata;
  const query = { fieldManager: 'helm', force: true };
  const request = { method: 'PATCH', query, body: deployment, contentType: applyPatch, signal } as const;
  try {
    await api.call(pathOf('deployments', namespace, name), request);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

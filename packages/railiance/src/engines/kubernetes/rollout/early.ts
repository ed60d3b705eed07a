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

/** An instance's Deployment, just as Helm is going to make it, with the marks by which Helm takes it over. */
export async function renderDeployment(
  cluster: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  signal: AbortSignal,
): Promise<Workload> {
  const { namespace, release } = state;
  const [{ route }, version] = await Promise.all([cluster.ingress(), cluster.version()]);
  return await withFolder(async (folder) => {
    await writeChart(join(folder, 'chart'), state.app);
    await writeValues(folder, 'values.json', chartValues({ ...state, instances: [entry] }, cluster.settings, route));
    return await cluster.helmPlace.carried(folder, async (there) => {
      const argv = templateArgv(helmTargetOf(cluster, namespace), {
        ...{ release, chart: join(there, 'chart'), values: [join(there, 'values.json')] },
        ...{ kubeVersion: /^v?\d+\.\d+\.\d+/.exec(version)?.[0] ?? version, only: 'templates/deployment.yaml' },
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
 * nobody else's fields. What the cluster refuses is left to Helm, which says so.
 */
export async function beginDeployment({ api }: Cluster, deployment: Workload, signal: AbortSignal): Promise<void> {
  const { name, namespace } = deployment.metadata;
  const query = { fieldManager: 'helm', force: true };
  const request = { method: 'PATCH', query, body: deployment, contentType: applyPatch, signal } as const;
  await api.call(pathOf('deployments', namespace, name), request).catch(() => signal.throwIfAborted());
}

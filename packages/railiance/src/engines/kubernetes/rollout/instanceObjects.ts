import { join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import { undefinedIfMissing } from '../../../kubernetes/apiError.ts';
import { labelOf } from '../../../kubernetes/labels.ts';
import { applyPatch, type KubeObject, pathOf, type Resource } from '../../../kubernetes/objects.ts';
import type { Cluster } from '../cluster.ts';
import { templateArgv } from '../helm/argv.ts';
import { helmOrFail, withFolder, writeValues } from '../helm/helm.ts';
import { printedObjects } from '../helm/printed.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import { chartValues } from '../values.ts';
import { helmTargetOf, writeChart } from './apply.ts';

/** What carries these is taken over by the release: https://github.com/helm/helm/pull/7649 */
const ownedBy = (name: string, namespace: string) => ({
  'meta.helm.sh/release-name': name,
  'meta.helm.sh/release-namespace': namespace,
});

/** By what it is made from: a start that was prepared finds its own. */
const rendered = new WeakMap<Cluster, Map<string, Promise<readonly KubeObject[]>>>();

/**
 * An instance's own objects and the volumes that it mounts, just as Helm is going to make them, with the marks by which Helm
 * takes them over. Not those that lead the public name to an instance.
 */
export async function renderInstance(
  cluster: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const [{ route }, version] = await Promise.all([cluster.ingress(), cluster.version()]);
  const values = chartValues({ ...state, instances: [entry] }, cluster.settings, route);
  const kubeVersion = /^v?\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;
  const known = rendered.get(cluster) ?? new Map<string, Promise<readonly KubeObject[]>>();
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
): Promise<readonly KubeObject[]> {
  return await withFolder(async (folder) => {
    await writeChart(join(folder, 'chart'), app);
    await writeValues(folder, 'values.json', values);
    return await cluster.helmPlace.carried(folder, async (there) => {
      const argv = templateArgv(helmTargetOf(cluster, namespace), {
        ...{ release, chart: join(there, 'chart'), values: [join(there, 'values.json')], kubeVersion },
      });
      const { stdout } = await helmOrFail(cluster.helmPlace, argv, signal);
      return printedObjects<KubeObject>(stdout)
        .filter(({ metadata }) => metadata.name !== release)
        .map(({ metadata, ...rest }) => {
          const annotations = { ...metadata.annotations, ...ownedBy(release, namespace) };
          return { ...rest, metadata: { ...metadata, annotations } };
        });
    });
  });
}

/** Kinds of the built-in chart, in the order in which they are of use to each other. */
const resources: Readonly<Record<string, Resource>> = {
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Deployment: 'deployments',
  Service: 'services',
  IngressRoute: 'ingressroutes',
  Ingress: 'ingresses',
};

/**
 * Makes an instance's objects. Applied under the name that Helm 3 and 4 write by, so that Helm's own apply meets nobody else's
 * fields. False where the cluster refuses one of them: that is left to Helm, which says so.
 */
export async function putObjects(
  { api }: Cluster,
  namespace: string,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<boolean> {
  const query = { fieldManager: 'helm', force: true };
  try {
    for (const [kind, resource] of Object.entries(resources)) {
      const ofKind = objects.filter((object) => object.kind === kind);
      await Promise.all(
        ofKind.map((body) =>
          api.call(pathOf(resource, namespace, body.metadata.name), {
            ...{ method: 'PATCH', query, body, contentType: applyPatch, signal },
          }),
        ),
      );
    }
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/**
 * Whether the Service and the route of the public name are there, as Helm's first run makes them.
 * @throws Failure where one of that name is somebody else's: it would be led to this app
 */
export async function hasPublicRoute(
  { api, ingress }: Cluster,
  state: TargetState,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, release } = state;
  const { route } = await ingress();
  const paths = (['services', route.kind === 'traefik' ? 'ingressroutes' : 'ingresses'] as const).map((resource) =>
    pathOf(resource, namespace, release),
  );
  const found = await Promise.all(
    paths.map((path) => api.call<KubeObject>(path, { signal }).catch(undefinedIfMissing)),
  );
  for (const object of found) if (object) refuseForeign(object, state);
  return found.every((object) => object !== undefined);
}

function refuseForeign({ kind, metadata }: KubeObject, { app, stage, namespace }: TargetState): void {
  const { [labelOf.app]: itsApp, [labelOf.stage]: itsStage } = metadata.labels ?? {};
  if (itsApp === app && itsStage === stage) return;
  const whose = itsApp === undefined ? 'was made by somebody else' : `belongs to ${itsApp}@${itsStage}`;
  throw new Failure(
    `start ${targetLabel({ app, stage })}`,
    `the ${kind} ${metadata.name} in the namespace ${namespace} ${whose}`,
    {
      hint: 'rename or remove it, or name a namespace of its own for the app: namespace = "…" under [deploy]',
      exitCode: exitCodes.refused,
    },
  );
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeList, type KubeObject, pathOf, type Resource } from '../../../kubernetes/objects.ts';
import { remove } from '../../../kubernetes/store.ts';
import { chartFiles } from '../chart/files.ts';
import { type HelmTarget, uninstallArgv, upgradeArgv } from '../helm/argv.ts';
import { helmOrFail, helmTimeoutMs, withFolder, writeValues } from '../helm/helm.ts';
import { forgetRevision, helmHistory, pendingRevision } from '../helm/history.ts';
import type { TargetState } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';
import { chartValues, type RouteKind } from '../values.ts';

export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** For `helm history`. */
  readonly description: string;
  readonly routeKind: RouteKind;
}

export function helmTargetOf({ settings, api }: ClusterTools, namespace: string): HelmTarget {
  const { kubeconfig, context } = api.connection;
  return { program: settings.helm, kubeconfig, context, namespace };
}

/** Has Helm make the cluster what the state says. What a killed helm left is healed first. @throws Failure */
export async function applyState(tools: ClusterTools, state: TargetState, options: ApplyOptions): Promise<void> {
  const { helmPlace, api, settings } = tools;
  const { namespace, release } = state;
  const target = helmTargetOf(tools, namespace);
  const history = await helmHistory(api, namespace, release);
  const pending = pendingRevision(history);
  if (pending) await forgetRevision(api, namespace, pending);
  if (state.instances.length === 0) {
    await helmOrFail(helmPlace, uninstallArgv(target, release), options.signal);
  } else {
    await withFolder(async (folder) => {
      await writeChart(join(folder, 'chart'), state.app);
      await writeValues(folder, 'values.json', chartValues(state, settings, options.routeKind));
      await helmPlace.carried(folder, async (there) => {
        const argv = upgradeArgv(target, {
          release,
          chart: join(there, 'chart'),
          values: [join(there, 'values.json')],
          description: options.description,
          historyMax: settings.history_max,
          timeoutSeconds: helmTimeoutMs / 1000,
          trusted: true,
        });
        await helmOrFail(helmPlace, argv, options.signal);
      });
    });
  }
  if (pending) await removeOrphans(api, state);
}

export async function writeChart(folder: string, name: string): Promise<void> {
  for (const [path, text] of Object.entries(chartFiles(name))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const ofInstances: readonly Resource[] = ['deployments', 'services', 'ingressroutes', 'middlewares', 'ingresses'];

/** What a killed helm made and no record of Helm knows: objects of instances that are not to be. */
async function removeOrphans(api: Api, { namespace, app, stage, instances }: TargetState): Promise<void> {
  const wanted = new Set(instances.map(({ id }) => id));
  const ours = selectorOf({ [labelOf.app]: app, [labelOf.stage]: stage });
  // With nothing left to run, the common Service and route go too.
  const labelSelector = instances.length === 0 ? ours : `${ours},${labelOf.instance}`;
  for (const resource of ofInstances) {
    const list = await api
      .call<KubeList<KubeObject>>(pathOf(resource, namespace), { query: { labelSelector } })
      .catch((error: unknown) => {
        if (isStatus(error, 404)) return { items: [] };
        throw error;
      });
    for (const { metadata } of list.items) {
      if (wanted.has(metadata.labels?.[labelOf.instance] ?? '')) continue;
      await remove(api, pathOf(resource, namespace, metadata.name));
    }
  }
}

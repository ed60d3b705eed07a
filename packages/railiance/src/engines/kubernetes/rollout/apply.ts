import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { chartFiles } from '../chart/files.ts';
import { type HelmTarget, uninstallArgv, upgradeArgv } from '../helm/argv.ts';
import { helmOrFail, helmTimeoutMs, withFolder, writeValues } from '../helm/helm.ts';
import { forgetRevision, helmHistory, pendingRevision } from '../helm/history.ts';
import { staying, type TargetState } from '../state/targetState.ts';
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

/** Takes what a killed helm left half-made out of Helm's records: it would refuse to do anything more. */
export async function healRelease({ api }: ClusterTools, { namespace, release }: TargetState): Promise<void> {
  const pending = pendingRevision(await helmHistory(api, namespace, release));
  if (pending) await forgetRevision(api, namespace, pending);
}

/** Has Helm make the cluster what the state says, but for objects that no record of Helm knows any more. @throws Failure */
export async function applyState(tools: ClusterTools, state: TargetState, options: ApplyOptions): Promise<void> {
  const { helmPlace, settings } = tools;
  const { namespace, release } = state;
  if (staying(state).length === 0) {
    await helmOrFail(helmPlace, uninstallArgv(helmTargetOf(tools, namespace), release), options.signal);
  } else {
    await withFolder(async (folder) => {
      await writeChart(join(folder, 'chart'), state.app);
      await writeValues(folder, 'values.json', chartValues(state, settings, options.routeKind));
      await helmPlace.carried(folder, async (there) => {
        const place = { chart: join(there, 'chart'), values: join(there, 'values.json') };
        await helmOrFail(helmPlace, upgradeOf(tools, state, place, options.description), options.signal);
      });
    });
  }
}

/** The `helm upgrade` of the built-in chart. @param values file, or `-` for standard input */
export function upgradeOf(
  tools: ClusterTools,
  { namespace, release }: Pick<TargetState, 'namespace' | 'release'>,
  { chart, values }: { readonly chart: string; readonly values: string },
  description: string,
): ReturnType<typeof upgradeArgv> {
  return upgradeArgv(helmTargetOf(tools, namespace), {
    release,
    chart,
    values: [values],
    description,
    historyMax: tools.settings.history_max,
    timeoutSeconds: helmTimeoutMs / 1000,
    trusted: true,
  });
}

export async function writeChart(folder: string, name: string): Promise<void> {
  for (const [path, text] of Object.entries(chartFiles(name))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { LiveObjects } from '../../../domain/objectChange.ts';
import type { Secrets } from '../../../domain/secret.ts';
import { type KubeObject, pathOf, type SecretObject } from '../../../kubernetes/objects.ts';
import { decoded, read } from '../../../kubernetes/store.ts';
import type { PreviewSpec } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { redactorOf } from '../envSecret.ts';
import { templateArgv } from '../helm/argv.ts';
import { helmOrFail, helmTimeoutMs, withFolder, writeValues } from '../helm/helm.ts';
import { helmHistory, newestGood } from '../helm/history.ts';
import { printedObjects } from '../helm/printed.ts';
import { placedState, plainEnvironment } from '../instances/entry.ts';
import { ownValues } from '../instances/ownValues.ts';
import { instanceName } from '../names.ts';
import { renderOwnChart, withOwnChart } from '../ownChart/rendering.ts';
import { helmTargetOf, writeChart } from '../rollout/apply.ts';
import { publicRoute } from '../route/addresses.ts';
import { entryOf, type InstanceEntry, type TargetState } from '../state/targetState.ts';
import { chartValues } from '../values.ts';
import { type AnyObject, compareObjects, objectLabel } from './compare.ts';
import { kindPath } from './kindPath.ts';

/**
 * What a release would make of the objects that are there. Its instance is rendered in the place of the one that serves, so that
 * what differs is shown and not that all is new. Changes nothing.
 * @throws Failure where the chart cannot be rendered
 */
export async function previewRelease(cluster: Cluster, spec: PreviewSpec): Promise<LiveObjects> {
  const { states, secrets } = cluster;
  const before = await states.get(spec);
  const state = placedState(spec, spec.deploy, before, cluster);
  const serving = before?.active ? entryOf(before, before.active) : undefined;
  const values: Secrets = serving ? await secrets.get(spec, serving.secretsVersion).catch(() => ({})) : {};
  const [put, { current, wanted }] = await Promise.all([
    manifestOf(cluster, state),
    spec.deploy.chart === undefined
      ? rendered(cluster, { before, state, serving, spec, values })
      : renderedByOwn(cluster, state, { ...spec, id: 'new', secretsVersion: serving?.secretsVersion ?? '' }, values),
  ]);
  const live = await liveObjects(cluster, state.namespace, [...put, ...wanted]);
  return compareObjects({ put, current: current ?? put, wanted, live, redact: redactorOf(values) });
}

interface Rendered {
  readonly current?: readonly AnyObject[];
  readonly wanted: readonly AnyObject[];
}

interface Drafting {
  readonly before: TargetState | undefined;
  readonly state: TargetState;
  readonly serving: InstanceEntry | undefined;
  readonly spec: PreviewSpec;
  readonly values: Secrets;
}

async function rendered(cluster: Cluster, { before, state, serving, spec, values }: Drafting): Promise<Rendered> {
  const facts = await cluster.ingress();
  const id = serving?.id ?? 'new';
  const { url } = await publicRoute(state, cluster.settings, facts);
  const labels = { ...serving?.labels, tag: spec.tag };
  const own = await ownValues(spec.deploy);
  const env = plainEnvironment({ ...spec, id, labels }, values, url);
  const fresh = {
    id,
    name: instanceName(state.release, id),
    secretName: null,
    ...serving,
    image: spec.image,
    env,
    run: spec.run,
    values: own ?? {},
  };
  const drafts = [...(before ? [before] : []), { ...state, active: id, instances: [fresh] }];
  const [one, other] = await Promise.all(
    drafts.map((draft) => renderState(cluster, draft as TargetState, facts.route)),
  );
  return other ? { current: one ?? [], wanted: other } : { wanted: one ?? [] };
}

async function renderState(cluster: Cluster, state: TargetState, route: Parameters<typeof chartValues>[2]) {
  return await withFolder(async (folder) => {
    await writeChart(join(folder, 'chart'), state.app);
    await writeValues(folder, 'values.json', chartValues(state, cluster.settings, route));
    return await cluster.helmPlace.carried(folder, (there) =>
      template(cluster, state, { chart: join(there, 'chart'), values: [join(there, 'values.json')] }),
    );
  });
}

async function renderedByOwn(
  cluster: Cluster,
  state: TargetState,
  spec: PreviewSpec & { readonly id: string; readonly secretsVersion: string },
  values: Secrets,
): Promise<Rendered> {
  const name = spec.deploy.chart ?? '';
  const text = await withOwnChart(cluster, spec, state, values, (chart) => renderOwnChart(cluster, state, chart, name));
  return { wanted: objectsIn(text) };
}

type Chart = Omit<Parameters<typeof templateArgv>[1], 'release'>;

async function template(cluster: Cluster, { namespace, release }: TargetState, chart: Chart) {
  const argv = templateArgv(helmTargetOf(cluster, namespace), { ...chart, release });
  const { stdout } = await helmOrFail(cluster.helmPlace, argv, AbortSignal.timeout(helmTimeoutMs));
  return objectsIn(stdout);
}

/** What Helm put there last, of its own record: https://github.com/helm/helm/blob/main/pkg/storage/driver/util.go */
async function manifestOf({ api }: Cluster, { namespace, release }: TargetState): Promise<readonly AnyObject[]> {
  const newest = newestGood(await helmHistory(api, namespace, release));
  const record = newest && (await read<SecretObject>(api, pathOf('secrets', namespace, newest.secretName)));
  if (!record) return [];
  const packed = Buffer.from(decoded(record.data?.release), 'base64');
  return objectsIn(
    (JSON.parse(gunzipSync(packed, { maxOutputLength: 64 << 20 }).toString()) as { manifest: string }).manifest,
  );
}

/** Hooks are made and taken away by each upgrade: there is nothing to compare them with. */
function objectsIn(text: string): readonly AnyObject[] {
  return printedObjects<AnyObject>(text).filter(({ metadata }) => !metadata?.annotations?.['helm.sh/hook']);
}

async function liveObjects({ api }: Cluster, namespace: string, objects: readonly KubeObject[]) {
  const distinct = [...new Map(objects.map((object) => [objectLabel(object), object]))];
  const found = await Promise.all(
    distinct.map(async ([label, object]) => {
      const path = await kindPath(api, object, namespace);
      const live = path === undefined ? undefined : await read<AnyObject>(api, path);
      return live ? [[label, live] as const] : [];
    }),
  );
  return new Map(found.flat());
}

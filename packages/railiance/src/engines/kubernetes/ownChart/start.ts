import { createHash } from 'node:crypto';

import type { Secrets } from '../../../domain/secret.ts';
import type { EngineContext, InstanceSpec, StartedInstance } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { templateArgv } from '../helm/argv.ts';
import { helmOrFail, helmTimeoutMs, withFolder, writeValues } from '../helm/helm.ts';
import { imageOf, newEntry, placedState } from '../instances/entry.ts';
import { helmTargetOf } from '../rollout/apply.ts';
import { publicRoute } from '../route/addresses.ts';
import { entryOf, type InstanceEntry, type TargetState, withEntry } from '../state/targetState.ts';
import { type Rendered, readRendered } from './rendered.ts';
import { type OwnChart, resolveChart } from './resolve.ts';
import { rollOut } from './rollOut.ts';

/**
 * Puts a release on a cluster by the app's own chart. Such a chart has one Deployment that rolls: the new pods serve as soon
 * as they are ready, beside the old ones, and these end. Where they do not get ready Helm brings the revision before back.
 */
export async function startByOwnChart(
  cluster: Cluster,
  spec: InstanceSpec,
  secrets: Secrets,
  context: EngineContext,
): Promise<StartedInstance> {
  const began = cluster.clock.elapsedMs();
  const target = { app: spec.app, stage: spec.stage };
  const chart = await resolveChart(
    spec.deploy?.chart ?? '',
    spec.deploy ?? { directory: '.', values: [] },
    cluster.stage,
    cluster.exec,
  );
  try {
    return await withFolder(async (folder) => {
      const before = await cluster.states.get(target);
      const placed = placedState(target, spec.deploy, before, cluster);
      const values = await writeValues(folder, 'railiance.json', overridesOf(spec, placed, secrets));
      const rendered = await render(cluster, placed, chart, [...chart.values, values], spec);
      const hosted = { ...placed, host: rendered.host ?? placed.host };
      const { url } = await publicRoute(hosted, cluster.settings, await cluster.ingress());
      const fresh = newEntry(hosted, {
        spec,
        secrets,
        fencing: context.fencing,
        url,
        startedAt: cluster.clock.now().toISOString(),
      });
      const entry: InstanceEntry = {
        ...fresh,
        name: rendered.workload,
        selector: rendered.selector,
        container: rendered.container,
        key: keyOf(spec),
      };
      const state = (await cluster.states.change(target, context.fencing, (now) =>
        entryOf(now, spec.id) ? now : withEntry({ ...(now ?? hosted), ...placed, host: hosted.host }, entry),
      )) as TargetState;
      const watched = await cluster.whileLeased(state, context);
      try {
        const rollout = {
          state,
          entry: entryOf(state, spec.id) ?? entry,
          rendered,
          chart,
          values: [...chart.values, values],
          secrets,
          context,
          signal: watched.signal,
        };
        await cluster.exclusively(state, () => rollOut(cluster, spec, rollout));
      } finally {
        watched.end();
      }
      const warnings = rendered.ownSecrets.map(
        (name) => `the chart templates the Secret ${name} itself: its values are not those of this release`,
      );
      return {
        id: spec.id,
        candidate: await publicRoute(state, cluster.settings, await cluster.ingress()),
        readyMs: cluster.clock.elapsedMs() - began,
        warnings,
      };
    });
  } finally {
    await chart.discard();
  }
}

/** What makes one release of such a chart the same as another: then Helm's own revision is brought back, chart and all. */
function keyOf({ image, secretsVersion, run, deploy, artifact }: InstanceSpec): string {
  const { directory: _, ...placement } = deploy ?? { directory: '' };
  const what = JSON.stringify([image ?? artifact.configDigest, secretsVersion, run, placement]);
  return createHash('sha256').update(what).digest('hex').slice(0, 32);
}

/** `image.tag` with the digest is what every chart of that form takes; our own rendered chart takes the rest as well. */
function overridesOf(spec: InstanceSpec, { release, host, app }: TargetState, secrets: Secrets) {
  const image = imageOf(spec);
  const [, repository = image, tag = ''] = /^(.+?):([^:/@]+(?:@.+)?)$/.exec(image) ?? [];
  const hasSecrets = Object.keys(secrets).length > 0;
  return {
    image: { repository, tag },
    ...(spec.deploy?.host !== undefined && { ingress: { host } }),
    app,
    env: spec.run.env,
    ...(hasSecrets && { secretRef: `${release}-env-${spec.secretsVersion.slice(0, 12)}` }),
  };
}

async function render(
  cluster: Cluster,
  { namespace, release }: TargetState,
  { chart, version }: OwnChart,
  values: readonly string[],
  spec: InstanceSpec,
): Promise<Rendered> {
  const options = { release, chart, values, ...(version !== undefined && { version }) };
  const argv = templateArgv(helmTargetOf(cluster, namespace), options);
  const { stdout } = await helmOrFail(cluster.exec, argv, AbortSignal.timeout(helmTimeoutMs));
  return readRendered(spec.deploy?.chart ?? chart, stdout, { image: imageOf(spec), tag: spec.artifact.revision.tag });
}

import { createHash } from 'node:crypto';

import type { Secrets } from '../../../domain/secret.ts';
import type { EngineContext, InstanceSpec, StartedInstance } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { imageOf, newEntry, placedState } from '../instances/entry.ts';
import { publicRoute } from '../route/addresses.ts';
import { entryOf, type InstanceEntry, type TargetState, withEntry } from '../state/targetState.ts';
import type { OwnChart } from './pack.ts';
import { type Rendered, readRendered } from './rendered.ts';
import { renderOwnChart, withOwnChart } from './rendering.ts';
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
  const placed = placedState(target, spec.deploy, await cluster.states.get(target), cluster);
  return await withOwnChart(cluster, spec, placed, secrets, async (chart) => {
    const { state, rendered } = await startRollOut(cluster, { spec, secrets, placed, chart, context });
    const warnings = rendered.ownSecrets.map(
      (name) => `the chart templates the Secret ${name} itself: its values are not those of this release`,
    );
    const candidate = await publicRoute(state, cluster.settings, await cluster.ingress());
    const revision = chart.revision === undefined ? {} : { chartRevision: chart.revision };
    return { id: spec.id, candidate, readyMs: cluster.clock.elapsedMs() - began, warnings, ...revision };
  });
}

interface Starting {
  readonly spec: InstanceSpec;
  readonly secrets: Secrets;
  readonly placed: TargetState;
  readonly chart: OwnChart;
  readonly context: EngineContext;
}

/** Looks at what the chart renders, writes down what is to be, and rolls it out. */
async function startRollOut(cluster: Cluster, { spec, secrets, placed, chart, context }: Starting) {
  const rendered = await render(cluster, placed, chart, spec);
  const hosted = { ...placed, host: rendered.host ?? placed.host };
  const { url } = await publicRoute(hosted, cluster.settings, await cluster.ingress());
  const { fencing } = context;
  const startedAt = cluster.clock.now().toISOString();
  const entry: InstanceEntry = {
    ...newEntry(hosted, { spec, secrets, fencing, url, startedAt }),
    name: rendered.workload,
    selector: rendered.selector,
    container: rendered.container,
    key: keyOf(spec),
  };
  const state = (await cluster.states.change({ app: spec.app, stage: spec.stage }, fencing, (now) =>
    entryOf(now, spec.id) ? now : withEntry({ ...(now ?? hosted), ...placed, host: hosted.host }, entry),
  )) as TargetState;
  const watched = await cluster.whileLeased(state, context);
  try {
    const begun = entryOf(state, spec.id) ?? entry;
    const rollout = { state, entry: begun, rendered, chart, secrets, context, signal: watched.signal };
    await cluster.exclusively(state, () => rollOut(cluster, spec, rollout));
  } finally {
    watched.end();
  }
  return { state, rendered };
}

/** What makes one release of such a chart the same as another: then Helm's own revision is brought back, chart and all. */
function keyOf({ image, secretsVersion, run, deploy, artifact }: InstanceSpec): string {
  const { directory: _, ...placement } = deploy ?? { directory: '' };
  const what = JSON.stringify([image ?? artifact.configDigest, secretsVersion, run, placement]);
  return createHash('sha256').update(what).digest('hex').slice(0, 32);
}

async function render(cluster: Cluster, placed: TargetState, chart: OwnChart, spec: InstanceSpec): Promise<Rendered> {
  const name = spec.deploy?.chart ?? chart.chart;
  const text = await renderOwnChart(cluster, placed, chart, name);
  return readRendered(name, text, { image: imageOf(spec), tag: spec.artifact.revision.tag });
}

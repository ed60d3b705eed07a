import type { RunSpec } from '../../domain/app.ts';
import type { ImageNeeds } from '../../domain/artifact.ts';
import { problemOf } from '../../domain/failure.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import { asCached, type KubeList, type Node, pathOf } from '../../kubernetes/objects.ts';
import type { Placed } from '../engine.ts';
import { checkChart } from './chartCheck.ts';
import type { Cluster } from './cluster.ts';
import { checkNames } from './namesCheck.ts';
import { checkRecords } from './recordsCheck.ts';

type Answer = Omit<CheckResult, 'name' | 'durationMs'>;

/** Can this cluster be reached and run this, and is there a helm? Changes nothing. */
export async function checkCluster(
  cluster: Cluster,
  run: RunSpec,
  image: ImageNeeds,
  placed: Placed | undefined,
): Promise<readonly CheckResult[]> {
  const nodes = cluster.api.call<KubeList<Node>>(pathOf('nodes'), { query: asCached }).then(({ items }) => items);
  nodes.catch(() => {});
  const check = async (name: string, ask: () => Promise<Answer>): Promise<CheckResult> => {
    const began = cluster.clock.elapsedMs();
    const answer = await ask().catch((error: unknown): Answer => ({ verdict: 'unknown', summary: problemOf(error) }));
    return { name, ...answer, durationMs: Math.round(cluster.clock.elapsedMs() - began) };
  };
  const checksOfPlace = (place: Placed) => {
    const before = cluster.states.get(place);
    before.catch(() => {});
    return [
      check('records', async () => checkRecords(cluster, place, await before)),
      ...(place.deploy.chart === undefined
        ? [check('names', async () => checkNames(cluster, place, await before))]
        : []),
      ...(hasOwn(place) ? [check('chart', async () => checkChart(cluster, run, place, await before))] : []),
    ];
  };
  return await Promise.all([
    check('cluster', async () => answering(await nodes, cluster.api.connection.address)),
    check('platform', async () => platform(image.platform, await nodes)),
    check('helm', () => helm(cluster)),
    ...(placed ? checksOfPlace(placed) : []),
  ]);
}

function hasOwn({ deploy: { chart, values } }: Placed): boolean {
  return chart !== undefined || values.length > 0;
}

function answering(nodes: readonly Node[], server: string): Answer {
  return { verdict: 'pass', summary: `${server} answers, ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}` };
}

function platform(wanted: string, nodes: readonly Node[]): Answer {
  const platforms = new Set(
    nodes.flatMap(({ status }) => status?.nodeInfo ?? []).map((info) => `${info.operatingSystem}/${info.architecture}`),
  );
  if (platforms.has(wanted)) return { verdict: 'pass', summary: `the image is for ${wanted}, as a node is` };
  const summary = `the image is for ${wanted}; the nodes are ${[...platforms].join(', ')}`;
  return { verdict: 'fail', summary, hint: 'build it for a platform of the cluster' };
}

async function helm({ helmPlace, settings }: Cluster): Promise<Answer> {
  const program = await helmPlace.describe(settings.helm);
  if (!program) {
    const hint = 'install Helm, or name it with helm = "…" in the settings of the stage';
    const where = helmPlace.machine === undefined ? '' : ` on ${helmPlace.machine}`;
    return { verdict: 'fail', summary: `there is no program ${settings.helm}${where}`, hint };
  }
  const major = /^v(\d+)\./.exec(program.version)?.[1];
  const others = program.shadowed.length > 0 ? `; also ${program.shadowed.join(', ')}` : '';
  const summary = `${program.path} is ${program.version}${others}`;
  if (major === '3' || major === '4') return { verdict: 'pass', summary };
  return { verdict: 'fail', summary, hint: 'Helm 3 and 4 are supported' };
}

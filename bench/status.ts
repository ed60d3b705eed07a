import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { appsNamespace, ingress, removeNamespaces, requireCluster, run, stateNamespace } from './deploy/lab.ts';
import { defineBench, inTurn, type Row, timed } from './harness.ts';
import { finish, must } from './load/subject.ts';
import { crowd, openPopulation, stages } from './status/population.ts';

const root = new URL('../', import.meta.url).pathname;
const cli = join(root, 'packages/railiance/dist/main.js');
const meter = join(root, 'bench/status/meter.ts');
const rounds = 5;
/** kwok's nodes hold 110 pods each. */
const nodes = 9;
const sizes = [30, 300] as const;

const blueprint = `[registry]\npush = "127.0.0.1:1"\n${stages
  .map(
    (name) => `[[stages]]
name = "${name}"
engine = "kubernetes"
production = false
settings = { namespace = "${appsNamespace}", state_namespace = "${stateNamespace}", ingress = { http = "${ingress}" } }
`,
  )
  .join('')}`;

interface Metered {
  readonly requests: number;
  readonly memoryMiB: number;
}

async function status(folder: string, metered: boolean): Promise<string> {
  const file = join(folder, 'meter.json');
  const env = { ...process.env, RAILIANCE_HOME: join(folder, 'home'), NO_COLOR: '1', BENCH_METER: file };
  const argv = [...(metered ? ['--import', meter] : []), cli, 'status'];
  return await must(finish(spawn(process.execPath, argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })));
}

async function measure(folder: string, apps: number): Promise<Row[]> {
  const serving = (await status(folder, true)).match(/✓ serving/g)?.length;
  if (serving !== apps * stages.length) throw new Error(`${serving} serve of ${apps * stages.length}`);
  const { requests, memoryMiB }: Metered = JSON.parse(await readFile(join(folder, 'meter.json'), 'utf8'));
  const work = `status of ${apps} apps on ${stages.length} stages`;
  const pods = ['get', 'pods', '--namespace', appsNamespace];
  const measured = await inTurn(
    rounds,
    () => timed(() => status(folder, false)),
    () => timed(() => run('kubectl', ...pods)),
  );
  const row = (unit: string, ours: number, most: number): Row => ({
    ...{ work, unit, ours, peer: null, peerName: '–', ratio: null, goal: `≤ ${most}`, met: ours <= most },
  });
  return [
    {
      ...{ ...row('ms', measured.ours, 1_000), peer: measured.peer, peerName: 'kubectl get pods, of the same' },
      ratio: measured.ours / measured.peer,
    },
    row('requests', requests, 20),
    row('MiB', memoryMiB, 250),
  ];
}

export default defineBench({
  summary: 'how soon everything on a cluster is shown, by how many requests and with how much memory',
  versions: async () => ({
    node: process.version,
    kubernetes: JSON.parse(await run('kubectl', 'version', '--output=json')).serverVersion.gitVersion,
  }),
  run: async (say) => {
    await requireCluster();
    await must(
      finish(spawn('npm', ['run', 'build', '--workspace', 'railiance'], { stdio: ['ignore', 'pipe', 'pipe'] })),
    );
    const folder = await mkdtemp(join(tmpdir(), 'railiance-bench-'));
    await writeFile(join(folder, 'blueprint.toml'), blueprint);
    await crowd(nodes);
    const population = await openPopulation(nodes);
    try {
      const rows: Row[] = [];
      for (const apps of sizes) {
        say(`put ${apps} apps on ${stages.length} stages`);
        await population.grow(apps);
        rows.push(...(await measure(folder, apps)));
      }
      return rows;
    } finally {
      population.close();
      await removeNamespaces();
      await crowd(0);
      await rm(folder, { recursive: true, force: true });
    }
  },
});

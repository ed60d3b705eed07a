import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  appsNamespace,
  ingress,
  nothingEnds,
  peerNamespace,
  placeOnCluster,
  program,
  removeNamespaces,
  requireCluster,
  run,
  stepEndedAtMs,
  watchReadiness,
} from './deploy/lab.ts';
import { defineBench, median, type Row, ratioRow, timed } from './harness.ts';
import { finish, makeSubject, must, type Subject } from './load/subject.ts';

/** A kubelet looks at what runs once a second: where that falls moves each start by up to a second, so each is met often. */
const pairs = 15;
const helmTimeoutSeconds = 30;
const badPairs = 3;

interface Summary {
  readonly runId: string;
  readonly steps: readonly { readonly id: string; readonly durationMs?: number }[];
}

/** A version that is in the registry, and that no node has seen. */
async function pushed(subject: Subject, name: string): Promise<{ tag: string; digest: string }> {
  await subject.change(name);
  const { revision } = JSON.parse(await quiet(subject, 'build', '--json'));
  const { manifestDigest } = JSON.parse(await quiet(subject, 'push', '--tag', revision.tag, '--json'));
  return { tag: revision.tag, digest: manifestDigest };
}

/** What it prints on standard output: one document of JSON. */
async function quiet(subject: Subject, ...args: string[]): Promise<string> {
  const output = await must(subject.railiance(...args));
  return output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1);
}

interface Rollout {
  readonly wholeMs: number;
  readonly afterReadyMs: number;
  /** Of the smoke test through the public route alone: the other one is a part of how railiance deploys. */
  readonly smokeMs: number;
}

async function deploy(subject: Subject, tag: string, round: number): Promise<Rollout> {
  await nothingEnds(round);
  const watch = await watchReadiness(appsNamespace);
  let summary: Summary | undefined;
  const wholeMs = await timed(async () => {
    summary = JSON.parse(await quiet(subject, 'deploy', '--tag', tag, '--yes', '--json'));
  });
  watch.stop();
  const { runId, steps } = summary as unknown as Summary;
  const smoke = steps.find(({ id }) => id === 'smoke-public');
  return {
    wholeMs,
    afterReadyMs: (await stepEndedAtMs(runId, 'start')) - watch.readyAtMs(),
    smokeMs: smoke?.durationMs ?? 0,
  };
}

function helmUpgrade(chart: string, image: string, more: readonly string[] = []) {
  const place = ['--namespace', peerNamespace, '--create-namespace', '--set', 'ingress.host=peer.localhost,secretRef='];
  return program(
    'helm',
    'upgrade',
    '--install',
    'peer',
    chart,
    ...place,
    '--set',
    `image.tag=${image}`,
    '--wait',
    ...more,
  );
}

async function helmDeploy(chart: string, image: string, round: number): Promise<Omit<Rollout, 'smokeMs'>> {
  await nothingEnds(round);
  const watch = await watchReadiness(peerNamespace);
  const wholeMs = await timed(() => must(finish(helmUpgrade(chart, image))));
  const endedAtMs = Date.now();
  watch.stop();
  return { wholeMs, afterReadyMs: endedAtMs - watch.readyAtMs() };
}

async function rollouts(subject: Subject, chart: string, say: (line: string) => void): Promise<Row[]> {
  const ours: Rollout[] = [];
  const helms: Omit<Rollout, 'smokeMs'>[] = [];
  for (let round = 0; round <= pairs; round += 1) {
    const one = await pushed(subject, `ours${round}`);
    const other = await pushed(subject, `helm${round}`);
    const helm = () => helmDeploy(chart, `${other.tag}@${other.digest}`, round);
    // Each comes first in turn.
    const early = round % 2 === 1 ? await helm() : undefined;
    const deployed = await deploy(subject, one.tag, round);
    const helmed = early ?? (await helm());
    const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
    say(`round ${round}: ours ${seconds(deployed.wholeMs)}, helm ${seconds(helmed.wholeMs)}`);
    // The first has nothing to replace.
    if (round === 0) continue;
    ours.push(deployed);
    helms.push(helmed);
  }
  const of = <T>(all: readonly T[], value: (one: T) => number) => median(all.map(value));
  const after = of(ours, ({ afterReadyMs }) => afterReadyMs);
  const helmAfter = of(helms, ({ afterReadyMs }) => afterReadyMs);
  const smokeMs = of(ours, (one) => one.smokeMs);
  const whole = {
    ours: of(ours, ({ wholeMs }) => wholeMs) / 1000,
    peer: (of(helms, ({ wholeMs }) => wholeMs) + smokeMs) / 1000,
  };
  return [
    {
      ...{ work: 'rollout step ends after the pods are Ready', unit: 'ms', ours: after, peer: helmAfter },
      ...{ peerName: 'helm upgrade --install --wait', ratio: null, goal: '≤ 500', met: after <= 500 },
    },
    {
      ...ratioRow(
        'deploy of a pushed version, whole',
        's',
        whole,
        'helm upgrade --install --wait, and the smoke test',
        1.1,
      ),
      note: 'before anything changes the nodes pull it, and then the pods are started as Helm starts them',
    },
  ];
}

/** The registry is well, and the nodes are told another address for it, where nobody listens. */
async function badImages(subject: Subject, chart: string, say: (line: string) => void): Promise<Row[]> {
  const deployBadly = async (name: string, ...more: string[]) => {
    await subject.change(name);
    const began = performance.now();
    const { exitCode, output } = await subject.railiance('deploy', '--yes', ...more);
    if (exitCode === 0 || !/127\.0\.0\.1:1\b.*connection refused/s.test(output))
      throw new Error(`the cause was not named, exit ${exitCode}:\n${output}`);
    return (performance.now() - began) / 1000;
  };
  await placeOnCluster(subject, '127.0.0.1:1');
  const byGate: number[] = [];
  const byRollout: number[] = [];
  for (let round = 0; round < badPairs; round += 1) {
    byGate.push(await deployBadly(`bad${round}`));
    byRollout.push(await deployBadly(`worse${round}`, '--despite', 'pull', '--reason', 'to see the rollout fail'));
    say(`a bad image: named after ${byGate.at(-1)?.toFixed(1)} s and ${byRollout.at(-1)?.toFixed(1)} s`);
  }
  const values = ['--set', 'image.repository=127.0.0.1:1/steady', '--timeout', `${helmTimeoutSeconds}s`];
  const helm = (await timed(() => finish(helmUpgrade(chart, 'none', values)))) / 1000;
  const row = (work: string, ours: number): Row => ({
    ...{ work, unit: 's', ours, peer: helm, peerName: `helm --wait --timeout ${helmTimeoutSeconds}s (5m by default)` },
    ...{ ratio: ours / helm, goal: '≤ 15', met: ours <= 15 },
  });
  return [
    row('an image the nodes cannot pull: refused by the gate, build and push included', median(byGate)),
    row('the same, named by the rollout and taken back', median(byRollout)),
  ];
}

/** Without the volume: nobody provides one in the lab. */
async function withoutVolumes({ directory }: Subject): Promise<void> {
  const file = join(directory, 'app.toml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^volumes = .*\n/m, ''));
}

export default defineBench({
  summary: `a deploy to a cluster beside helm upgrade --install --wait, through ${ingress}`,
  versions: async () => ({
    node: process.version,
    helm: (await run('helm', 'version', '--short')).trim(),
    kubernetes: JSON.parse(await run('kubectl', 'version', '--output=json')).serverVersion.gitVersion,
  }),
  run: async (say) => {
    await requireCluster();
    await must(
      finish(spawn('npm', ['run', 'build', '--workspace', 'railiance'], { stdio: ['ignore', 'pipe', 'pipe'] })),
    );
    const subject = await makeSubject();
    try {
      await withoutVolumes(subject);
      await placeOnCluster(subject);
      const chart = join(subject.home, 'chart');
      await must(subject.railiance('render', 'chart', '--out', chart));
      return [...(await rollouts(subject, chart, say)), ...(await badImages(subject, chart, say))];
    } finally {
      await rm(join(subject.directory, 'blueprint.toml'), { force: true });
      await subject.remove();
      await removeNamespaces();
    }
  },
});

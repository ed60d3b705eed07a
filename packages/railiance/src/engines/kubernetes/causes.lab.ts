import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { RunSpec } from '../../domain/app.ts';
import { ensureNamespace } from '../../kubernetes/store.ts';
import { type ClusterFixture, openClusterFixture } from '../../testing/cluster/clusterFixture.ts';
import { assertNamed, type Provoked } from '../../testing/cluster/provoke.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { setScene } from '../contract/fixture.ts';
import type { InstanceSpec } from '../engine.ts';

let fixture: ClusterFixture;
let charts: string;
before(async () => {
  charts = await scratchDirectory('causes');
  fixture = await openClusterFixture();
});
after(() => fixture.close());

interface Provocation extends Provoked {
  readonly name: string;
  readonly event: string;
  readonly run?: Partial<RunSpec>;
  readonly image?: (image: string) => string;
  readonly env?: Readonly<Record<string, string>>;
  /** By a chart that is not ours, with this in its container's environment. */
  readonly chartEnv?: string;
}

/** Grows until it is ended. */
const hungry = 'const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 10)';
const absent = `sha256:${'0'.repeat(64)}`;
const secretKey = (name: string, key: string) =>
  `            - name: NEEDED\n              valueFrom: { secretKeyRef: { name: ${name}, key: ${key} } }`;

const provocations: readonly Provocation[] = [
  {
    ...{ name: 'an image that is not there', cause: 'image', words: /not found/, event: 'Failed' },
    image: (image) => image.replace(/sha256:[0-9a-f]+$/, absent),
  },
  {
    ...{ name: 'a registry that nobody runs', cause: 'image', words: /connection refused/, event: 'Failed' },
    image: (image) => image.replace(/^[^/]+/, '127.0.0.1:1'),
  },
  {
    ...{ name: 'a command that the image lacks', cause: 'crash', words: /no such file/, event: 'Failed' },
    run: { command: ['/no/such/program'] },
  },
  {
    ...{ name: 'a program for another processor', cause: 'crash', words: /exec format error/, event: 'Started' },
    run: { command: ['/app/foreign'] },
  },
  {
    ...{ name: 'an app that ends', cause: 'crash', words: /exit code 7: no such table: probes/, event: 'Started' },
    env: { BEHAVIOUR: 'crash' },
  },
  {
    ...{ name: 'a limit that is too small', cause: 'out-of-memory', words: /more memory/, event: 'Started' },
    run: { resources: { memoryBytes: 96 << 20 }, command: ['/usr/local/bin/node', '-e', hungry] },
  },
  {
    ...{
      name: 'a probe that is told no',
      cause: 'never-ready',
      words: /GET \/healthz answered 503/,
      event: 'Unhealthy',
    },
    ...{ env: { BEHAVIOUR: 'never-ready' }, run: { health: { path: '/healthz' }, startTimeoutMs: 3_000 } },
  },
  {
    ...{ name: 'a port that nobody listens on', cause: 'ignores-port', words: /nothing listens/, event: 'Unhealthy' },
    ...{ env: { BEHAVIOUR: 'ignores-port', OTHER_PORT: '8123' }, run: { startTimeoutMs: 3_000 } },
  },
  {
    ...{ name: 'a node with too little memory', cause: 'unschedulable', event: 'FailedScheduling' },
    ...{ words: /Insufficient memory/, run: { resources: { memoryBytes: 2 ** 50 } } },
  },
  {
    ...{ name: 'a node with too few CPUs', cause: 'unschedulable', event: 'FailedScheduling' },
    ...{ words: /Insufficient cpu/, run: { resources: { cpus: 4096 } } },
  },
  {
    ...{
      name: 'a volume that nobody provides',
      cause: 'volume',
      words: /PersistentVolumeClaim/,
      event: 'FailedScheduling',
    },
    run: { volumes: [{ name: 'data', path: '/data' }] },
  },
  {
    ...{ name: 'a key that its Secret lacks', cause: 'secret-missing', event: 'Failed' },
    ...{ words: /the key ABSENT is missing in Secret \S+-env/, chartEnv: 'own ABSENT' },
  },
  {
    ...{ name: 'a Secret that is not there', cause: 'secret-missing', event: 'Failed' },
    ...{ words: /secret nobodys does not exist/, chartEnv: 'nobodys KEY' },
  },
];

describe('why pods do not get ready is named well before any time-out', () => {
  for (const { name, run, image, env, chartEnv, ...provoked } of provocations) {
    test(name, async (context) => {
      const scene = await setScene(fixture);
      const { app } = scene.target;
      const namespace = `${fixture.lab.mark}-${app.slice(-8)}`;
      await ensureNamespace(fixture.lab.api, namespace, {});
      const wanted = scene.spec('bad', env, run);
      const chart = chartEnv === undefined ? {} : { chart: await chartThatReads(chartEnv, app, wanted.image ?? '') };
      const changed: InstanceSpec = {
        ...wanted,
        deploy: { directory: '/', namespace, values: [], ...chart },
        ...(image && wanted.image !== undefined && { image: image(wanted.image) }),
      };
      await assertNamed(context, fixture, scene, changed, provoked);
    });
  }
});

async function chartThatReads(words: string, slug: string, image: string): Promise<string> {
  const folder = join(charts, slug);
  const [name = '', key = ''] = words.split(' ');
  const env = secretKey(name === 'own' ? `${slug}-env` : name, key);
  const [repository = ''] = image.split(/:[^:/@]+@/);
  await writeSeedChart(folder, { slug, repository, host: `${slug}.canary.localhost`, env });
  return folder;
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { RunSpec } from '../../domain/app.ts';
import type { CauseName } from '../../domain/verdict.ts';
import { type KubeEvent, type KubeList, pathOf } from '../../kubernetes/objects.ts';
import { create, ensureNamespace } from '../../kubernetes/store.ts';
import { type ClusterFixture, openClusterFixture } from '../../testing/cluster/clusterFixture.ts';
import { setScene } from '../contract/fixture.ts';
import { type InstanceSpec, StartFailed } from '../engine.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

interface Provocation {
  readonly name: string;
  readonly cause: CauseName;
  readonly words: RegExp;
  /** Reason of the event that tells of it first. */
  readonly event: string;
  readonly run?: Partial<RunSpec>;
  readonly image?: (image: string) => string;
  readonly env?: Readonly<Record<string, string>>;
  readonly quota?: true;
}

/** Grows until it is ended. */
const hungry = 'const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 10)';
const absent = `sha256:${'0'.repeat(64)}`;
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
    ...{ name: 'a limit that is too small', cause: 'out-of-memory', words: /more memory/, event: 'Started' },
    run: { resources: { memoryBytes: 96 << 20 }, command: ['/usr/local/bin/node', '-e', hungry] },
  },
  {
    ...{
      name: 'a node that is too small',
      cause: 'unschedulable',
      words: /Insufficient memory/,
      event: 'FailedScheduling',
    },
    run: { resources: { memoryBytes: 2 ** 50 } },
  },
  {
    ...{ name: 'a volume that nobody provides', cause: 'volume', words: /[Vv]olume/, event: 'FailedScheduling' },
    run: { volumes: [{ name: 'data', path: '/data' }] },
  },
  {
    ...{ name: 'a command that the image lacks', cause: 'crash', words: /no such file/, event: 'Failed' },
    run: { command: ['/no/such/program'] },
  },
  { name: 'a quota that is used up', cause: 'quota', words: /exceeded quota/, event: 'FailedCreate', quota: true },
];

/** From the event's own time, whole seconds, to the error that names it. */
const longestMs = 15_000;

describe('why a rollout fails is named well before any time-out', () => {
  for (const { name, cause, words, event, run, image, env, quota } of provocations) {
    test(name, async (context) => {
      const { engine, spec, context: lease, target } = await setScene(fixture);
      const namespace = `${fixture.lab.mark}-${target.app.slice(-8)}`;
      const { api } = fixture.lab;
      await ensureNamespace(api, namespace, {});
      if (quota) await noPods(namespace);
      const wanted = spec('bad', env, run);
      const changed: InstanceSpec = {
        ...wanted,
        deploy: { directory: '/', namespace, values: [] },
        ...(image && wanted.image !== undefined && { image: image(wanted.image) }),
      };
      const error = await engine.start(changed, lease()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const namedAtMs = Date.now();
      assert.ok(error instanceof StartFailed, String(error));
      assert.equal(error.why.name, cause, error.why.summary);
      assert.match(error.why.summary, words);
      const { items } = await api.call<KubeList<KubeEvent>>(pathOf('events', namespace));
      const first = items.find(({ reason }) => reason === event);
      const at = first?.firstTimestamp ?? first?.eventTime ?? first?.lastTimestamp;
      assert.ok(at, `there is an event ${event}: ${items.map(({ reason }) => reason).join(', ')}`);
      const tookMs = namedAtMs - Date.parse(at);
      context.diagnostic(`named ${(tookMs / 1000).toFixed(1)} s after its event: ${error.why.summary.slice(0, 120)}`);
      assert.ok(tookMs <= longestMs, `it took ${tookMs} ms`);
      assert.deepEqual((await engine.status(target)).others, [], 'nothing of it is left');
    });
  }
});

async function noPods(namespace: string): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none', namespace },
    spec: { hard: { pods: '0' } },
  };
  await create(fixture.lab.api, `/api/v1/namespaces/${namespace}/resourcequotas`, object);
}

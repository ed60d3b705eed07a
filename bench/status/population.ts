import type { RunSpec } from '../../packages/railiance/src/domain/app.ts';
import { stateSchema, type TargetState } from '../../packages/railiance/src/engines/kubernetes/state/targetState.ts';
import { type Api, createApi } from '../../packages/railiance/src/kubernetes/api.ts';
import { openConnection } from '../../packages/railiance/src/kubernetes/connection.ts';
import { labelOf } from '../../packages/railiance/src/kubernetes/labels.ts';
import { type KubeList, type KubeObject, type Pod, pathOf } from '../../packages/railiance/src/kubernetes/objects.ts';
import { recordLabels, recordName } from '../../packages/railiance/src/kubernetes/records.ts';
import { create, encoded, ensureNamespace } from '../../packages/railiance/src/kubernetes/store.ts';
import { createKubernetesReleaseStore } from '../../packages/railiance/src/releases/kubernetesReleaseStore.ts';
import { sampleApp, sampleRelease } from '../../packages/railiance/src/testing/sampleRelease.ts';
import { appsNamespace, run, stateNamespace } from '../deploy/lab.ts';

export const stages = ['canary', 'staging', 'production'] as const;

const writers = 12;
const runsEach = 3;
const run0: RunSpec = { ...sampleApp.run, replicas: 1 };

export interface Population {
  /** Has so many apps, each on every stage, with a release, a few runs and a pod that is ready. */
  grow(apps: number): Promise<void>;
  close(): void;
}

/** Apps of a cluster as railiance leaves them there, each with one pod of kwok's. */
export async function openPopulation(nodes: number): Promise<Population> {
  const api = createApi(openConnection({}, process.env));
  for (const namespace of [appsNamespace, stateNamespace]) await ensureNamespace(api, namespace, {});
  let there = 0;
  return {
    async grow(apps) {
      const wanted = Array.from({ length: apps - there }, (_, at) => there + at);
      const targets = wanted.flatMap((at) => stages.map((stage) => ({ app: `app-${at}`, stage })));
      const left = [...targets.entries()];
      const work = async () => {
        for (let next = left.pop(); next; next = left.pop())
          await settle(api, next[1], `fake-${(next[0] % nodes) + 1}`);
      };
      await Promise.all(Array.from({ length: writers }, work));
      there = apps;
      await untilReady(api, apps * stages.length);
    },
    close: () => api.connection.close(),
  };
}

type Target = Parameters<typeof recordName>[0];

async function settle(api: Api, target: Target, nodeName: string): Promise<void> {
  const place = { api, namespace: stateNamespace };
  const runId = '000001-0badcafe';
  const secret = (name: string, labels: Record<string, string>, data: Record<string, string>): KubeObject =>
    ({ ...kind('v1', 'Secret'), metadata: { name, namespace: stateNamespace, labels }, data }) as KubeObject;
  await createKubernetesReleaseStore(place).record(sampleRelease('one', { ...target, runId }), 1);
  const journal = encoded(`${JSON.stringify({ padding: 'x'.repeat(8_000) })}\n`);
  for (let number = 1; number <= runsEach; number += 1) {
    const labels = { ...recordLabels('run', target), [labelOf.state]: 'succeeded' };
    const name = recordName(target, 'run', `00000${number}-0badcafe`);
    await create(api, pathOf('secrets', stateNamespace), secret(name, labels, { 'journal.jsonl': journal }));
  }
  await create(api, pathOf('configmaps', stateNamespace), stateOf(target, runId));
  await create(api, pathOf('leases', stateNamespace), leaseOf(target));
  await create(api, pathOf('pods', appsNamespace), podOf(target, runId, nodeName));
}

function kind(apiVersion: string, name: string) {
  return { apiVersion, kind: name };
}

function stateOf(target: Target, id: string): KubeObject {
  const name = `${target.app}-${target.stage}`;
  const state: TargetState = {
    ...{ schema: stateSchema, ...target, fencing: 1, namespace: appsNamespace, release: name, active: id },
    host: `${target.app}.${target.stage}.localhost`,
    instances: [
      {
        ...{ id, name, fencing: 1, phase: 'ready', startedAt: '2026-01-01T00:00:00.000Z', image: 'r.example/app:one' },
        ...{ configDigest: `sha256:${'0'.repeat(64)}`, secretsVersion: 'a', secretName: null, env: {}, run: run0 },
        labels: {},
      },
    ],
  };
  const metadata = { name: recordName(target, 'target'), labels: recordLabels('target', target) };
  return { ...kind('v1', 'ConfigMap'), metadata, data: { 'state.json': JSON.stringify(state) } } as KubeObject;
}

function leaseOf(target: Target): KubeObject {
  const holder = {
    ...{ schema: 'railiance.lease.v1', owner: 'bench', host: 'elsewhere', pid: 1, processStartedAt: '', bootId: '' },
    ...{ command: 'deploy', runId: '000001-0badcafe', since: '2026-01-01T00:00:00.000Z', ttlMs: 30_000 },
  };
  const metadata = {
    ...{ name: recordName(target), labels: recordLabels('lease', target) },
    annotations: { 'railiance.dev/holder': JSON.stringify(holder) },
  };
  const spec = { holderIdentity: '', leaseDurationSeconds: 30, leaseTransitions: 1 };
  return { ...kind('coordination.k8s.io/v1', 'Lease'), metadata, spec } as KubeObject;
}

function podOf({ app, stage }: Target, id: string, nodeName: string): KubeObject {
  const labels = { [labelOf.app]: app, [labelOf.stage]: stage, [labelOf.instance]: id };
  const tolerations = [{ operator: 'Exists' }];
  const containers = [{ name: 'app', image: 'r.example/app:one' }];
  const spec = { nodeName, tolerations, containers, terminationGracePeriodSeconds: 0 };
  return { ...kind('v1', 'Pod'), metadata: { name: `${app}-${stage}`, labels }, spec } as KubeObject;
}

async function untilReady(api: Api, count: number): Promise<void> {
  for (;;) {
    const { items } = await api.call<KubeList<Pod>>(pathOf('pods', appsNamespace));
    const isReady = ({ status }: Pod) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    if (items.filter(isReady).length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Nodes that are only objects, by the lab's kwok; 0 takes them away. */
export async function crowd(nodes: number): Promise<void> {
  await run(process.execPath, new URL('../../lab/main.ts', import.meta.url).pathname, 'crowd', String(nodes));
}

import { setTimeout as wait } from 'node:timers/promises';

import { isReady } from '../../engines/kubernetes/rollout/podWords.ts';
import { type KubeList, type KubeObject, type Pod, pathOf } from '../../kubernetes/objects.ts';
import type { LabCluster } from './clusterFixture.ts';

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: string[] }[] } };
  };
}

const namespace = 'kube-system';
const path = pathOf('deployments', namespace, 'traefik');
const hurried = /^--providers\.providersthrottleduration=/i;

/**
 * Has the lab's Traefik wait between changes as everybody's does, 2 s: it is in a hurry here for the sake of the other tests.
 * @returns takes that back
 */
export async function withUsualTraefik({ api }: LabCluster): Promise<() => Promise<void>> {
  const { args } = await containerOf();
  if (!args.some((arg) => hurried.test(arg))) throw new Error('this Traefik is in no hurry');
  await put(args.filter((arg) => !hurried.test(arg)));
  return () => put(args);

  async function containerOf() {
    const { spec } = await api.call<Deployment>(path);
    const [container] = spec.template.spec.containers;
    if (!container) throw new Error('the Deployment of Traefik has no container');
    return container;
  }

  async function put(wanted: readonly string[]): Promise<void> {
    const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/args', value: wanted }];
    await api.call(path, { method: 'PATCH', body, contentType: 'application/json-patch+json' });
    const until = performance.now() + 60_000;
    while (!(await runsWith(wanted))) {
      if (performance.now() > until) throw new Error('Traefik did not come back within a minute');
      await wait(100);
    }
  }

  /** One pod is there, with these arguments, and ready. */
  async function runsWith(wanted: readonly string[]): Promise<boolean> {
    const query = { labelSelector: 'app.kubernetes.io/name=traefik' };
    const { items } = await api.call<KubeList<Pod & { spec: { containers: { args?: string[] }[] } }>>(
      pathOf('pods', namespace),
      { query },
    );
    const [pod] = items;
    if (!pod || items.length > 1 || String(pod.spec.containers[0]?.args) !== String(wanted)) return false;
    return isReady(pod);
  }
}

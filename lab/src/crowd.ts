import { apply, kubectl, type Manifest } from './addons/apply.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import type { Lab } from './lab.ts';
import { bin } from './supplies/supplies.ts';

const label = { type: 'kwok' };
const taint = { key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' };

/**
 * Nodes that are only objects, for figures at a size that no one machine has: kwok says for them that they are Ready and
 * that their pods run. Their taint keeps ordinary pods on the real node. With 0 they go again.
 */
export async function crowd(lab: Lab, count: number): Promise<void> {
  if (count === 0) {
    await kubectl(lab, ['delete', 'nodes', '--selector', 'type=kwok', '--wait=false']);
    await stopDaemon(lab, 'kwok');
    return;
  }
  await startDaemon(lab, 'kwok', bin(lab, 'kwok'), [
    `--kubeconfig=${lab.kubeconfig}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    // Set aside for documentation (RFC 5737), so that nobody is there.
    '--cidr=198.51.100.0/24',
    '--node-ip=198.51.100.254',
  ]);
  await apply(
    lab,
    Array.from({ length: count }, (_, at) => fakeNode(`fake-${at + 1}`)),
  );
  await kubectl(lab, ['wait', '--for=condition=Ready', 'node', '--selector', 'type=kwok', '--timeout=120s']);
}

function fakeNode(name: string): Manifest {
  const room = { cpu: '32', memory: '256Gi', pods: '110' };
  const system = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...label, ...system }, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
    spec: { taints: [taint] },
    status: { allocatable: room, capacity: room },
  };
}

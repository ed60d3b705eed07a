import { kubectl } from './addons/apply.ts';
import { applyDns } from './addons/dns.ts';
import { applyPostgres } from './addons/postgres.ts';
import { applyTraefik } from './addons/traefik.ts';
import { refuseSecondCluster } from './alone.ts';
import { pushImages } from './images/images.ts';
import type { Lab } from './lab.ts';
import { makeNetwork } from './network.ts';
import { startContainerd } from './parts/containerd.ts';
import { apiServerReady, startApiServer, startControllers, startEtcd } from './parts/controlPlane.ts';
import { nodeReady, startKubelet, startKubeProxy } from './parts/node.ts';
import { startRegistry } from './parts/registry.ts';
import { makeKeys } from './pki.ts';
import { bringPrograms } from './supplies/supplies.ts';

/** Brings up what is not up: run again, it starts only what is missing. `tell` hears of each part. */
export async function up(lab: Lab, tell: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('a node needs root; without it, name a cluster with KUBECONFIG');
  await bringPrograms(lab, tell);
  await refuseSecondCluster(lab);
  // Else the root of every image would be closed to its own user.
  process.umask(0o022);
  await makeKeys(lab);
  await makeNetwork(lab);
  tell('etcd, API server, registry, containerd');
  await startEtcd(lab);
  await startApiServer(lab);
  await Promise.all([startRegistry(lab).then(() => pushImages(lab)), startContainerd(lab), apiServerReady(lab)]);
  tell('controllers, kubelet, kube-proxy');
  await startControllers(lab);
  await startKubelet(lab);
  await startKubeProxy(lab);
  await nodeReady(lab);
  tell('DNS, Traefik, PostgreSQL');
  await applyDns(lab);
  await applyTraefik(lab);
  await applyPostgres(lab);
  await Promise.all(
    [
      ['kube-system', 'coredns'],
      ['kube-system', 'traefik'],
      ['railiance-platform', 'postgresql'],
    ].map(([namespace = '', name]) =>
      kubectl(lab, ['-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=90s']),
    ),
  );
}

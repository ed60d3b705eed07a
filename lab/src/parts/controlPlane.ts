import { join } from 'node:path';

import { startDaemon, stopDaemon } from '../daemon.ts';
import type { Lab } from '../lab.ts';
import { kubeconfigOf, pki } from '../pki.ts';
import { succeeds, until } from '../run.ts';
import { bin } from '../supplies/supplies.ts';

export async function startEtcd(lab: Lab): Promise<void> {
  const client = `http://${lab.addresses.etcd}`;
  const peer = `http://${lab.addresses.etcdPeer}`;
  await startDaemon(lab, 'etcd', bin(lab, 'etcd'), [
    `--data-dir=${join(lab.folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // A lab does not outlive a power cut, and the disk is everybody's.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
}

export async function startApiServer(lab: Lab): Promise<void> {
  const { addresses } = lab;
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  await startDaemon(lab, 'kube-apiserver', bin(lab, 'kube-apiserver'), [
    `--etcd-servers=http://${addresses.etcd}`,
    `--bind-address=${addresses.node}`,
    `--advertise-address=${addresses.node}`,
    '--secure-port=6443',
    `--service-cluster-ip-range=${addresses.services}`,
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--client-ca-file=${pki(lab, 'ca.crt')}`,
    `--tls-cert-file=${pki(lab, 'apiserver.crt')}`,
    `--tls-private-key-file=${pki(lab, 'apiserver.key')}`,
    `--kubelet-certificate-authority=${pki(lab, 'ca.crt')}`,
    `--kubelet-client-certificate=${pki(lab, 'kubelet-client.crt')}`,
    `--kubelet-client-key=${pki(lab, 'kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-issuer=${issuer}`,
    `--service-account-key-file=${pki(lab, 'sa.pub')}`,
    `--service-account-signing-key-file=${pki(lab, 'sa.key')}`,
    `--requestheader-client-ca-file=${pki(lab, 'front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki(lab, 'front-proxy.crt')}`,
    `--proxy-client-key-file=${pki(lab, 'front-proxy.key')}`,
    '--profiling=false',
  ]);
}

/** @throws Error where it does not become ready within a minute */
export async function apiServerReady(lab: Lab): Promise<void> {
  await until('the API server', 60_000, () => answers(lab));
}

function answers(lab: Lab): Promise<boolean> {
  const ask = ['--kubeconfig', lab.kubeconfig, 'get', '--raw', '/readyz'];
  return succeeds(bin(lab, 'kubectl'), ask, { timeoutMs: 5000 });
}

/** Gone for a moment, without a word to whoever is connected. */
export async function restartApiServer(lab: Lab): Promise<void> {
  await stopDaemon(lab, 'kube-apiserver', 0);
  await until('the API server', 60_000, async () => {
    // The kernel may still hold the address for the one that was killed: the new one then ends at once.
    await startApiServer(lab);
    return await answers(lab);
  });
}

export async function startControllers(lab: Lab): Promise<void> {
  await startController(lab, 'kube-controller-manager', [
    `--service-account-private-key-file=${pki(lab, 'sa.key')}`,
    `--root-ca-file=${pki(lab, 'ca.crt')}`,
    '--use-service-account-credentials=true',
    `--cluster-signing-cert-file=${pki(lab, 'ca.crt')}`,
    `--cluster-signing-key-file=${pki(lab, 'ca.key')}`,
    '--cluster-name=lab',
  ]);
  await startController(lab, 'kube-scheduler', []);
}

async function startController(lab: Lab, name: string, more: readonly string[]): Promise<void> {
  const kubeconfig = kubeconfigOf(lab, name);
  await startDaemon(lab, name, bin(lab, name), [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    // Nobody asks it anything, so it listens nowhere.
    '--secure-port=0',
    '--profiling=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    ...more,
  ]);
}

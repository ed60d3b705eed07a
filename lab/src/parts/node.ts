import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

import { startDaemon } from '../daemon.ts';
import { writeIfChanged } from '../files.ts';
import { type Lab, nodeName } from '../lab.ts';
import { kubeconfigOf, pki } from '../pki.ts';
import { run } from '../run.ts';
import { bin } from '../supplies/supplies.ts';

const never = '0s';

/** The kubelet, with what this kind of machine needs: cgroup v1 without systemd, and no CAP_SYS_RESOURCE. */
export async function startKubelet(lab: Lab): Promise<void> {
  const { addresses, folder } = lab;
  await writeIfChanged(join(folder, 'config/resolv.conf'), `nameserver ${addresses.dns}\n`, 0o644);
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    // The default, -999, is refused without CAP_SYS_RESOURCE.
    oomScoreAdj: 0,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    address: addresses.node,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki(lab, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki(lab, 'kubelet-serving.crt'),
    tlsPrivateKeyFile: pki(lab, 'kubelet-serving.key'),
    clusterDNS: [addresses.dns],
    clusterDomain: 'cluster.local',
    resolvConf: join(folder, 'config/resolv.conf'),
    podLogsDir: join(folder, 'pods'),
    volumePluginDir: join(folder, 'plugins'),
    serializeImagePulls: false,
    maxPods: 250,
    nodeStatusUpdateFrequency: '5s',
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    shutdownGracePeriod: never,
  };
  const file = join(folder, 'config/kubelet.yaml');
  await writeIfChanged(file, stringify(config));
  for (const name of ['pods', 'plugins']) await mkdir(join(folder, name), { recursive: true });
  await startDaemon(lab, 'kubelet', bin(lab, 'kubelet'), [
    `--config=${file}`,
    `--kubeconfig=${kubeconfigOf(lab, 'kubelet')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${addresses.node}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--cert-dir=${join(folder, 'kubelet/pki')}`,
  ]);
}

export async function startKubeProxy(lab: Lab): Promise<void> {
  const conntrack = { maxPerCore: 0, min: 0 };
  const timeouts = ['tcpEstablishedTimeout', 'tcpCloseWaitTimeout', 'udpTimeout', 'udpStreamTimeout'];
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: lab.addresses.pods,
    detectLocalMode: 'ClusterCIDR',
    hostnameOverride: nodeName,
    oomScoreAdj: 0,
    healthzBindAddress: `${lab.addresses.node}:10256`,
    metricsBindAddress: `${lab.addresses.node}:10249`,
    clientConnection: { kubeconfig: kubeconfigOf(lab, 'kube-proxy') },
    // Zero: the machine's own limits stay as they are.
    conntrack: { ...conntrack, ...Object.fromEntries(timeouts.map((name) => [name, never])) },
  };
  const file = join(lab.folder, 'config/kube-proxy.yaml');
  await writeIfChanged(file, stringify(config));
  await startDaemon(lab, 'kube-proxy', bin(lab, 'kube-proxy'), [`--config=${file}`]);
}

/** @throws Error where the node is not Ready within 90 s */
export async function nodeReady(lab: Lab): Promise<void> {
  const wait = ['wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=90s'];
  // `kubectl wait` leaves at once while there is no such node.
  await run(bin(lab, 'kubectl'), [
    '--kubeconfig',
    lab.kubeconfig,
    'wait',
    '--for=create',
    `node/${nodeName}`,
    '--timeout=60s',
  ]);
  await run(bin(lab, 'kubectl'), ['--kubeconfig', lab.kubeconfig, ...wait]);
}

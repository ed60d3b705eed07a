import { join } from 'node:path';

import { startDaemon } from '../daemon.ts';
import { writeIfChanged } from '../files.ts';
import type { Lab } from '../lab.ts';
import { podLink } from '../network.ts';
import { succeeds, until } from '../run.ts';
import { bin, binFolder, labPath } from '../supplies/supplies.ts';

/** Snapshotters and tracers that this machine has no use for; each would be tried and complained about. */
const disabled = [
  ...['btrfs', 'zfs', 'devmapper', 'aufs', 'blockfile'].map((name) => `io.containerd.snapshotter.v1.${name}`),
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing',
  'io.containerd.nri.v1.nri',
];

export function containerdSocket(lab: Lab): string {
  return join(lab.folder, 'containerd.sock');
}

export async function startContainerd(lab: Lab): Promise<void> {
  const { folder, addresses } = lab;
  await writeIfChanged(join(folder, 'certs.d', addresses.registry, 'hosts.toml'), plainHttp(addresses.registry));
  await writeIfChanged(join(folder, 'cni/10-lab.conflist'), `${JSON.stringify(podNetwork(lab), null, 2)}\n`);
  const file = join(folder, 'config/containerd.toml');
  await writeIfChanged(file, config(lab));
  await startDaemon(lab, 'containerd', bin(lab, 'containerd'), ['--config', file], { env: { PATH: labPath(lab) } });
  await until('containerd', 30_000, () =>
    succeeds(bin(lab, 'ctr'), ['-a', containerdSocket(lab), 'version'], { timeoutMs: 2000 }),
  );
}

/** What k3s makes of a mirror in its registries.yaml. */
function plainHttp(registry: string): string {
  return `server = "http://${registry}"\n[host."http://${registry}"]\n  capabilities = ["pull", "resolve"]\n`;
}

function podNetwork({ folder, addresses }: Lab): unknown {
  const ipam = {
    type: 'host-local',
    dataDir: join(folder, 'cni-addresses'),
    ranges: [[{ subnet: addresses.pods }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const bridge = { type: 'bridge', bridge: podLink, isGateway: true, hairpinMode: true, ipMasq: false, ipam };
  return { cniVersion: '1.0.0', name: 'lab', plugins: [bridge] };
}

function config(lab: Lab): string {
  const { folder, addresses } = lab;
  return `version = 2
root = "${folder}/containerd/root"
state = "${folder}/containerd/state"
disabled_plugins = ${JSON.stringify(disabled)}
[grpc]
  address = "${containerdSocket(lab)}"
[ttrpc]
  address = "${containerdSocket(lab)}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${addresses.registry}/lab/pause:lab"
  # Without CAP_SYS_RESOURCE a sandbox may not be made less killable than this process.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "runc"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${binFolder(lab)}"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${folder}/certs.d"
`;
}

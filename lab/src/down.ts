import { glob, readdir, readFile, readlink, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { refuseOthersCluster } from './alone.ts';
import { daemonNames, endProcess, startOf, stopDaemon } from './daemon.ts';
import type { Lab } from './lab.ts';
import { removeNetwork } from './network.ts';
import { containerdSocket } from './parts/containerd.ts';
import { run } from './run.ts';

/** What starts or restarts others goes first; what holds the state goes last. */
const order = ['kwok', 'kube-proxy', 'kubelet', 'kube-scheduler', 'kube-controller-manager'];

/** Takes away everything that `up` made outside the cache, whatever of it is there. */
export async function down(lab: Lab): Promise<void> {
  await refuseOthersCluster(lab);
  for (const name of order) await stopDaemon(lab, name);
  await endPods(lab);
  await stopDaemon(lab, 'containerd');
  await endShims(lab);
  for (const name of await daemonNames(lab)) await stopDaemon(lab, name);
  await unmountAll(lab);
  await removeNetwork(lab);
  await removeCgroups();
  await removeLeftovers(lab);
  await rm(lab.folder, { recursive: true, force: true });
}

/** Folders that the kubelet and the CNI library use whatever their settings say; others may use them too. */
const shared = ['/var/log/containers', '/var/lib/cni/results', '/var/lib/kubelet/device-plugins', '/var/lib/kubelet'];

/** What in them is this lab's: links into its folder, and records that name it. A socket there is the kubelet's own. */
async function removeLeftovers({ folder }: Lab): Promise<void> {
  for await (const path of glob(shared.map((name) => `${name}/*`))) {
    const words = (await readlink(path).catch(() => undefined)) ?? (await readFile(path, 'utf8').catch(() => ''));
    if (words.includes(`${folder}/`)) await rm(path, { force: true });
  }
  await rm('/var/lib/kubelet/device-plugins/kubelet.sock', { force: true });
  for (const name of shared) await rmdir(name).catch(() => {});
}

const pods = '/sys/fs/cgroup/**/kubepods*/**/cgroup.procs';

/** Everything that runs in a pod's cgroup; found there, nothing escapes, not even where containerd is dead. */
async function endPods(lab: Lab): Promise<void> {
  if ((await daemonNames(lab)).length === 0) return;
  for (let tries = 0; tries < 50; tries++) {
    const ids = new Set<number>();
    for await (const file of glob(pods)) {
      const text = await readFile(file, 'utf8').catch(() => '');
      for (const id of text.split('\n').filter(Boolean)) ids.add(Number(id));
    }
    const living = (await Promise.all([...ids].map(startOf))).filter((start) => start !== undefined);
    if (living.length === 0) return;
    for (const id of ids) kill(id);
    await sleep(100);
  }
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}

/** A shim outlives containerd; its arguments name this lab's socket. */
async function endShims(lab: Lab): Promise<void> {
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const words = (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const ours = words[0]?.endsWith('containerd-shim-runc-v2') && words.includes(containerdSocket(lab));
    const start = ours ? await startOf(id) : undefined;
    if (start !== undefined) await endProcess(id, start, 2000);
  }
}

/** Innermost first, so that each can go. */
async function unmountAll(lab: Lab): Promise<void> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${lab.folder}/`));
  for (const point of points.sort().reverse()) await run('umount', ['--lazy', point]);
}

async function removeCgroups(): Promise<void> {
  const folders: string[] = [];
  for await (const file of glob(pods)) folders.push(join(file, '..'));
  for (const folder of folders.sort().reverse()) await rmdir(folder).catch(() => {});
}

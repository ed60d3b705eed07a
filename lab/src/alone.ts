import { access, readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { daemonNames } from './daemon.ts';
import type { Lab } from './lab.ts';
import { podLink } from './network.ts';
import { succeeds } from './run.ts';

/** A second kubelet on a machine would take the first one's cgroups, links and tables for its own. @throws Error */
export async function refuseSecondCluster(lab: Lab): Promise<void> {
  // What this lab started before, running or not, left these itself.
  if ((await daemonNames(lab)).length > 0) return;
  const others = [
    (await succeeds('ip', ['link', 'show', podLink])) && `the link ${podLink}`,
    (await exists('/sys/fs/cgroup/memory/kubepods')) && 'the cgroup kubepods',
    (await exists('/sys/fs/cgroup/kubepods')) && 'the cgroup kubepods',
  ].filter((found) => found !== false);
  if (others.length === 0) return;
  const hint = 'take it down there first, or clear what it left with `down` and the same RAILIANCE_LAB';
  throw new Error(`another cluster is, or was, on this machine: ${others[0]} is there; ${hint}`);
}

/** What another folder's lab, or another cluster, needs is not to be taken away. @throws Error */
export async function refuseOthersCluster(lab: Lab): Promise<void> {
  if ((await daemonNames(lab)).length > 0) return;
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [program = ''] = (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (['kubelet', 'k3s'].includes(basename(program))) {
      throw new Error(
        `the cluster on this machine (process ${id}) is not of ${lab.folder}; name its folder with RAILIANCE_LAB`,
      );
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

import { access } from 'node:fs/promises';

import { daemon } from './daemon.ts';
import type { Lab } from './lab.ts';
import { podLink } from './network.ts';
import { succeeds } from './run.ts';

/** A second kubelet on a machine would take the first one's cgroups, links and tables for its own. @throws Error */
export async function refuseSecondCluster(lab: Lab): Promise<void> {
  if (await daemon(lab, 'kubelet')) return;
  const others = [
    (await succeeds('ip', ['link', 'show', podLink])) && `the link ${podLink}`,
    (await exists('/sys/fs/cgroup/memory/kubepods')) && 'the cgroup kubepods',
    (await exists('/sys/fs/cgroup/kubepods')) && 'the cgroup kubepods',
  ].filter((found) => found !== false);
  if (others.length === 0) return;
  const hint = 'take it down there first, or clear what it left with `down` and the same RAILIANCE_LAB';
  throw new Error(`another cluster is, or was, on this machine: ${others[0]} is there; ${hint}`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

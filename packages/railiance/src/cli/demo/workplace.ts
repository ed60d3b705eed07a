import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Exec } from '../../exec/exec.ts';
import { type AppFolder, openAppFolder } from './appFolder.ts';
import { bringHub, bringProbe } from './sources.ts';

/** A folder of its own for one demo: the apps in git, and a state home that nobody else uses. */
export interface Workplace {
  readonly root: string;
  readonly home: string;
  readonly probe: AppFolder;
  /** The team's console, or why it has to be left out. */
  readonly hub: AppFolder | { readonly missing: string };
  remove(): Promise<void>;
}

export async function makeWorkplace(exec: Exec): Promise<Workplace> {
  const root = await mkdtemp(join(tmpdir(), 'railiance-demo-'));
  const [probeDir, hubDir] = [join(root, 'probe'), join(root, 'inter-hub')];
  const [missing] = await Promise.all([bringHub(hubDir, exec), bringProbe(probeDir)]);
  return {
    root,
    home: join(root, 'home'),
    probe: await openAppFolder('probe', probeDir, exec),
    hub: missing === undefined ? await openAppFolder('inter-hub', hubDir, exec) : { missing },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

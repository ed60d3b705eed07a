import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startAtExit } from '../../exec/atExit.ts';
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
  /** Has all of it stopped and removed in the background should this process end before. @returns what takes that back */
  sweepAtExit(): () => void;
}

/** Node's arguments for that: the command line of railiance to stop the agent with, and the folder to remove. */
const sweep = `const [railiance, root] = process.argv.slice(1);
  require('node:child_process').spawnSync(process.execPath, [railiance, 'local', 'down'], { stdio: 'ignore' });
  require('node:fs').rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });`;

export async function makeWorkplace(exec: Exec): Promise<Workplace> {
  const root = await mkdtemp(join(tmpdir(), 'railiance-demo-'));
  const [probeDir, hubDir] = [join(root, 'probe'), join(root, 'inter-hub')];
  const [missing] = await Promise.all([bringHub(hubDir, exec), bringProbe(probeDir)]);
  const home = join(root, 'home');
  return {
    root,
    home,
    probe: await openAppFolder('probe', probeDir, exec),
    hub: missing === undefined ? await openAppFolder('inter-hub', hubDir, exec) : { missing },
    remove: () => rm(root, { recursive: true, force: true }),
    sweepAtExit: () =>
      startAtExit({
        argv: [process.execPath, '-e', sweep, process.argv[1] ?? '', root],
        env: { RAILIANCE_HOME: home },
      }),
  };
}

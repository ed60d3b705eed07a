import { setTimeout as wait } from 'node:timers/promises';

const live = new Set<number>();

/** Kills what still runs when this process ends by itself; against SIGKILL there is `dieWithParent`. */
process.on('exit', () => {
  for (const group of live) signalGroup(group, 'SIGKILL');
});

/** Counts a group as ours until it is released: it does not outlive this process. */
export function holdGroup(group: number): void {
  live.add(group);
}

export function releaseGroup(group: number): void {
  live.delete(group);
}

/** True where some process of the group got it; false where none is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** SIGTERM to every process of the group, and SIGKILL to those that are left after the grace. */
export async function terminateGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  const until = performance.now() + graceMs;
  while (signalGroup(group, 0)) {
    if (performance.now() >= until) {
      signalGroup(group, 'SIGKILL');
      return;
    }
    await wait(20);
  }
}

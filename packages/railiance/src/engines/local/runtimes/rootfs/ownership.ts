import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The user of apps where the agent is root: as root on this machine they could change its kernel's settings. It has no
 * name and no file of its own on any system: https://systemd.io/UIDS-GIDS/ lists 60578 to 61183 as used by nobody.
 * Undefined where the agent is an ordinary user: then apps are that user.
 */
export const appUser: number | undefined = process.getuid?.() === 0 ? 61000 : undefined;

/** Makes a folder and all in it the app's, where it is not yet. The folder itself comes last, and says that it was done. */
export async function giveToApp(path: string): Promise<void> {
  if (appUser === undefined || (await lstat(path)).uid === appUser) return;
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await giveToApp(inner);
    else await lchown(inner, appUser, appUser);
  }
  await lchown(path, appUser, appUser);
}

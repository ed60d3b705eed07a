import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';

/** `sun_path` has 108 bytes on Linux and 104 on macOS, its closing zero included. */
const longestBytes = 103;

/**
 * Where the agent of this folder listens. Folders too deep for a socket address get a short one that depends on nothing
 * but the folder and the user, so that the agent and every client agree on it whatever their environment.
 */
export function socketPathOf(agentDir: string, uid: number): string {
  const path = join(agentDir, 'agent.sock');
  if (Buffer.byteLength(path) <= longestBytes) return path;
  const short = createHash('sha256').update(agentDir).digest('hex').slice(0, 20);
  return `/tmp/railiance-${uid}/${short}.sock`;
}

/**
 * Makes the socket's folder, for its owner only.
 * @throws Failure where someone else made it first: whoever owns the folder could take the agent's place
 */
export async function prepareSocketDir(socketPath: string, uid: number): Promise<void> {
  const directory = dirname(socketPath);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== uid) {
    throw new Failure('open the agent’s socket', `${directory} belongs to someone else`, {
      hint: 'set RAILIANCE_HOME to a shorter path',
      exitCode: exitCodes.needsPerson,
    });
  }
  await chmod(directory, 0o700);
}

export function currentUid(): number {
  return process.getuid?.() ?? 0;
}

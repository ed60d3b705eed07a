import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { exitCodes, Failure } from '../../../domain/failure.ts';

export interface AgentLock {
  release(): void;
}

/** For the moment between an agent's last answer and its end. */
const patienceMs = 500;

/**
 * One agent for each folder. The lock is the operating system's own (fcntl, by way of SQLite, as Node has no call for
 * it): it ends with the process that holds it, however that dies, so it cannot go stale and nothing need be guessed
 * from process ids.
 * @throws Failure (exit code 3) while another agent holds it
 */
export async function takeAgentLock(agentDir: string): Promise<AgentLock> {
  await mkdir(agentDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(agentDir, 'agent.lock'), { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new Failure('start the agent', `another one runs already for ${agentDir}`, {
      exitCode: exitCodes.leaseHeld,
      cause: error,
    });
  }
  return { release: () => database.close() };
}

import { join } from 'node:path';

import { type ProcessLock, takeProcessLock } from '../../../config/processLock.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';

/** For the moment between an agent's last answer and its end. */
const patienceMs = 500;

/**
 * One agent for each folder.
 * @throws Failure (exit code 3) while another agent holds it
 */
export async function takeAgentLock(agentDir: string): Promise<ProcessLock> {
  const lock = await takeProcessLock(join(agentDir, 'agent.lock'), patienceMs);
  if (lock) return lock;
  throw new Failure('start the agent', `another one runs already for ${agentDir}`, {
    exitCode: exitCodes.leaseHeld,
  });
}

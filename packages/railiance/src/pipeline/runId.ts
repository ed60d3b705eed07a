import { randomBytes } from 'node:crypto';

const pattern = /^(\d{6,})-[0-9a-f]{8}$/;

/**
 * Name of a run: the fencing number of the lease it began under, so that runs of a target sort by it whatever the clock
 * says, and 32 random bits, so that it is unique on an engine that many targets share.
 */
export function createRunId(fencing: number): string {
  return `${String(fencing).padStart(6, '0')}-${randomBytes(4).toString('hex')}`;
}

export function isRunId(text: string): boolean {
  return pattern.test(text);
}

/** Fencing number of the lease that the run began under. */
export function numberOfRun(runId: string): number {
  return Number(pattern.exec(runId)?.[1]);
}

/**
 * Name of the instance that a run starts. It begins with the run that made the release, so that the release of whatever
 * serves can be told from the engine alone, and a run that was cut off finds its own again.
 */
export function instanceIdOf(releaseRunId: string, runId: string): string {
  return releaseRunId === runId ? runId : `${releaseRunId}-${String(numberOfRun(runId)).padStart(6, '0')}`;
}

export function isInstanceOf(instanceId: string, releaseRunId: string): boolean {
  return instanceId === releaseRunId || instanceId.startsWith(`${releaseRunId}-`);
}

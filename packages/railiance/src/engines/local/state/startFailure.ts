import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { replaceDurably } from '../../../files/durableFile.ts';
import { decodeError, encodeError, type WireError } from '../control/wireError.ts';

/**
 * An agent that cannot start has nobody to tell: it runs in the background. It leaves its error where the client that
 * started it looks.
 */
const fileName = 'start-failure.json';

export async function recordStartFailure(agentDir: string, error: unknown): Promise<void> {
  await replaceDurably(join(agentDir, fileName), JSON.stringify(encodeError(error)));
}

export async function clearStartFailure(agentDir: string): Promise<void> {
  await rm(join(agentDir, fileName), { force: true });
}

export async function readStartFailure(agentDir: string): Promise<Error | undefined> {
  const text = await readFile(join(agentDir, fileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : decodeError(JSON.parse(text) as WireError);
}

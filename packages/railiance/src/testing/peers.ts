import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Path of a real program that `test/setup` installed.
 * @throws Error where it is not there: a peer that is missing must not look like a test that passed
 */
export function peer(name: string): string {
  const cache = process.env.RAILIANCE_PEERS ?? join(homedir(), '.cache', 'railiance-peers');
  const program = join(cache, 'bin', name);
  try {
    accessSync(program, constants.X_OK);
  } catch {
    throw new Error(`${program} is missing: run test/setup, or test/setup all for the peers of benchmarks`);
  }
  return program;
}

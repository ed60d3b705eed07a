import type { RunEntry } from '../domain/runRecord.ts';
import type { Lease } from './lease.ts';
import type { Journal } from './runStore.ts';

interface Held {
  readonly lease: Lease;
  readonly journal: Journal;
}

/**
 * Is the lease ours? Whoever takes it over opens the journal before anything else, so that one which shuts others out has told
 * with its last record. @throws LeaseLost
 */
export async function assertLeased({ lease, journal }: Held): Promise<void> {
  if (journal.shutsOut) lease.assertHeld();
  else await lease.check();
}

/** Every record is written only while the lease is ours: a process that slept finds out here. @throws LeaseLost, JournalFailed */
export async function appendLeased(held: Held, entry: RunEntry): Promise<void> {
  await assertLeased(held);
  try {
    await held.journal.append(entry);
  } catch (error) {
    await held.lease.check();
    throw error;
  }
}

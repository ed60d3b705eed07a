import type { RunEntry, RunRecord } from '../domain/runRecord.ts';
import type { Lease } from './lease.ts';
import { type RunState, replay } from './runState.ts';
import type { Journal } from './runStore.ts';

interface Held {
  readonly lease: Lease;
  readonly journal: Journal;
  /** Empty at first. */
  readonly told: Told[];
}

/**
 * An outcome that is written with the record that comes after it: nothing is done in between, so that a process that dies there
 * might as well have died before it saw the outcome.
 */
interface Told {
  readonly entry: RunEntry;
  /** ISO 8601. */
  readonly at: string;
  readonly onWritten: () => void;
}

/** All that is known of the run: what is written, and what goes with the next record. */
export function stateOf({ journal, told }: Pick<Held, 'journal' | 'told'>): RunState {
  const seq = journal.records.length + 1;
  const next = told.map(({ entry, at }, index) => JSON.parse(JSON.stringify({ ...entry, seq: seq + index, at })));
  const state = replay([...journal.records, ...(next as readonly RunRecord[])]);
  if (!state) throw new Error(`the journal of run ${journal.runId} does not begin with its plan`);
  return state;
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
  const { journal, lease, told } = held;
  await assertLeased(held);
  try {
    await journal.append(...told.map((one) => one.entry), entry);
  } catch (error) {
    await lease.check();
    throw error;
  }
  for (const { onWritten } of told.splice(0)) onWritten();
}

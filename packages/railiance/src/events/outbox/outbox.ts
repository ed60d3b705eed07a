import type { Target } from '../../domain/name.ts';
import type { Stage } from '../../domain/stage.ts';
import type { ProcessIdentity } from '../../exec/processIdentity.ts';

/** A run whose events are owed to a hub. Its journal holds them; the outbox says how far they are delivered. */
export interface OwedRun extends Target {
  readonly runId: string;
  /** When it came in, ISO 8601. */
  readonly since: string;
  /** The process that writes the journal. */
  readonly writer: ProcessIdentity;
  /** The stage, where its journals are not kept on this machine: whoever sends has to find them. */
  readonly at?: Stage;
  /** Number of the last record whose events the hub has; 0 for none. */
  readonly delivered: number;
}

export type RunRef = Pick<OwedRun, 'app' | 'stage' | 'runId'>;

/**
 * What one hub has still to be told: the journals themselves are the events' only copy, so that nothing is written twice
 * and nothing can be told that was not written down first. Any number of processes add; one sender settles. A stage that
 * keeps its journals elsewhere keeps its outbox there too, by another implementation of this port.
 */
export interface Outbox {
  /** Resolves once it is on the disk. A run that is owed already gets its new writer. */
  add(run: Omit<OwedRun, 'delivered'>): Promise<void>;
  /** Tells whoever waits that a run has gone on. Never throws. */
  nudge(run: RunRef): void;
  /** Oldest first. */
  list(): Promise<readonly OwedRun[]>;
  /** Everything up to that record is delivered. */
  settle(run: RunRef, seq: number): Promise<void>;
  /** The run is over and told, or no longer worth telling. */
  remove(run: RunRef): Promise<void>;
  /** Begins to listen at once; close it when done. */
  watch(): OutboxWatch;
}

export interface OutboxWatch {
  /** Resolves when something was added or nudged since the last call, after `ms`, or when the signal is aborted. */
  change(ms: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

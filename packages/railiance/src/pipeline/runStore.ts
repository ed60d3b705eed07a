import type { Target } from '../domain/name.ts';
import type { RunEntry, RunRecord } from '../domain/runRecord.ts';
import type { Evidence } from '../domain/verdict.ts';

/** The append-only log of one run, open for the one process that holds the lease. */
export interface Journal {
  readonly runId: string;
  /** Everything that is safely written, oldest first. */
  readonly records: readonly RunRecord[];
  /** Where a damaged end of the journal was put when it was opened; absent where nothing was damaged. */
  readonly setAside?: string;
  /** Absolute folder of the run's evidence; it exists. */
  readonly evidenceDir: string;
  /** An append fails once another process has opened the run: it tells of a lost lease without a look at the lease. */
  readonly shutsOut?: true;
  /** Resolves once the entries are on the disk, in one write. @throws JournalFailed; then nothing more can be written */
  append(...entries: readonly RunEntry[]): Promise<void>;
  /** Writes one file of evidence and resolves with its absolute path once it is on the disk. */
  saveEvidence(step: string, evidence: Evidence): Promise<string>;
  close(): Promise<void>;
}

/** The runs of every target, kept with the stage itself. */
export interface RunStore {
  /** Starts the journal of a new run with its first entry. @throws JournalFailed */
  create(target: Target, runId: string, first: RunEntry): Promise<Journal>;
  /** Opens the journal of a run that was cut off. Whoever had it open before can no longer add to it. @throws JournalFailed */
  open(target: Target, runId: string): Promise<Journal>;
  /** Records as far as they are valid; may be read at any time. @throws Failure where there is no such run */
  read(target: Target, runId: string): Promise<readonly RunRecord[]>;
  /** Run ids, newest first. */
  list(target: Target): Promise<readonly string[]>;
}

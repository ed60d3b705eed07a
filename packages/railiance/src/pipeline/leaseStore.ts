import type { Target } from '../domain/name.ts';

/** Who holds the right to change a target. Everything here is shown to whoever has to wait. */
export interface LeaseHolder {
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  /** Start time of the process, in the system's own unit; with pid and boot it names one process for ever. */
  readonly processStartedAt: string;
  readonly bootId: string;
  /** The command as typed, without secrets. */
  readonly command: string;
  readonly runId: string;
  /** Wall clock, ISO 8601; shown, never compared. */
  readonly since: string;
  /** Longest time between two heartbeats of a holder that lives. */
  readonly ttlMs: number;
}

export interface HeldLease {
  readonly fencing: number;
  readonly holder: LeaseHolder;
  readonly released: boolean;
  /** Differs after each heartbeat; only compared for equality. */
  readonly heartbeat: string;
}

/** Where leases are kept: with the stage itself. One lease per target; the newest number is the lease. */
export interface LeaseStore {
  /** The newest lease, undefined for a target that never had one. @throws Failure where its record is damaged */
  newest(target: Target): Promise<HeldLease | undefined>;
  /** Writes the lease with this number. False where somebody else wrote one with this number or a later one. */
  create(target: Target, fencing: number, holder: LeaseHolder): Promise<boolean>;
  /** False where the lease with this number is not the newest any more, or was released. */
  beat(target: Target, fencing: number): Promise<boolean>;
  /** The target is free at once; its fencing number is never used again. */
  release(target: Target, fencing: number): Promise<void>;
}

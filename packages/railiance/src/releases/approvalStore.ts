import type { Approval, KeptApproval } from '../domain/approval.ts';
import type { Target } from '../domain/name.ts';

/** What makes a record one that nobody else could have made. */
export interface Signer {
  sign(text: string): Promise<string>;
  verify(text: string, signature: string): Promise<boolean>;
}

/** The approvals of every stage, kept with the stage itself. */
export interface ApprovalStore {
  /** Signs it and keeps it. */
  add(approval: Approval): Promise<void>;
  list(target: Target): Promise<readonly KeptApproval[]>;
  /** The yes belongs to that run from now on, unless another was first: of many that try, one wins. */
  take(target: Target, id: string, runId: string): Promise<void>;
  /** Whoever has not taken it yet will be refused. */
  withdraw(target: Target, id: string, by: string): Promise<void>;
  /** Calls back on every change of a target's approvals from when it resolves, until the signal is aborted. */
  watch(target: Target, onChange: () => void, signal: AbortSignal): Promise<void>;
}

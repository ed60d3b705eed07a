import type { AppSpec } from './app.ts';
import type { Digest } from './artifact.ts';
import type { Target } from './name.ts';
import type { Stage } from './stage.ts';

export const approvalSchema = 'railiance.approval.v1';

/** A person's yes to one artifact on one stage, for one run. Immutable; kept with the stage, signed. */
export interface Approval extends Target {
  readonly schema: typeof approvalSchema;
  readonly id: string;
  /** Config digest of the artifact that may be put there. */
  readonly digest: Digest;
  /** Label of that artifact, for people. */
  readonly tag: string;
  /** Who said yes. */
  readonly by: string;
  readonly givenAt: string;
  readonly expiresAt: string;
  readonly reason?: string;
  /** The hub that the yes was given in, where it was; its record is asked again at the moment of change. */
  readonly hub?: { readonly url: string; readonly id: string };
}

/** An approval as a stage keeps it, with what happened to it since. */
export interface KeptApproval {
  readonly approval: Approval;
  /** Its signature is that of its text. */
  readonly sound: boolean;
  readonly withdrawn?: { readonly by: string; readonly at: string };
  /** The run that took it. */
  readonly usedBy?: string;
}

export interface ApprovalQuestion {
  readonly target: Target;
  readonly digest: Digest;
  /** The run that asks; absent before there is one. */
  readonly runId?: string;
}

export type Standing =
  | { readonly stands: true; readonly approval: Approval }
  | { readonly stands: false; readonly why: string };

/** Whether a stage is changed only with a person's yes. A stage that asks for it asks it of every app. */
export function needsApproval({ deploy, criticality }: Pick<AppSpec, 'deploy' | 'criticality'>, stage: Stage): boolean {
  if (stage.approval) return true;
  return deploy.approval ?? (criticality === 'critical' && stage.production);
}

/** The yes that stands for a question now, or why none does: the reason of the one that comes nearest. */
export function standingOf(kept: readonly KeptApproval[], question: ApprovalQuestion, now: Date): Standing {
  const newestFirst = kept.toSorted((one, other) => other.approval.givenAt.localeCompare(one.approval.givenAt));
  const reasons: { readonly nearness: number; readonly why: string }[] = [];
  for (const one of newestFirst) {
    const refusal = refusalOf(one, question, now);
    if (!refusal) return { stands: true, approval: one.approval };
    reasons.push(refusal);
  }
  const [nearest] = reasons.sort((one, other) => other.nearness - one.nearness);
  return { stands: false, why: nearest?.why ?? 'nobody has said yes' };
}

function refusalOf({ approval, sound, withdrawn, usedBy }: KeptApproval, question: ApprovalQuestion, now: Date) {
  const { target, digest, runId } = question;
  const { by, expiresAt, tag } = approval;
  if (!sound) return { nearness: 1, why: 'the record of the yes was changed, and its signature does not fit' };
  if (approval.app !== target.app || approval.stage !== target.stage) {
    return { nearness: 2, why: `${by}'s yes is for ${approval.app} on ${approval.stage}` };
  }
  if (approval.digest !== digest) {
    return { nearness: 3, why: `${by}'s yes is for ${tag} (${short(approval.digest)}), and this is ${short(digest)}` };
  }
  if (withdrawn) return { nearness: 6, why: `${withdrawn.by} took the yes back` };
  if (usedBy !== undefined && usedBy !== runId) return { nearness: 5, why: `${by}'s yes was used by run ${usedBy}` };
  // A yes that a run has taken holds for that run, however long it is cut off.
  if (usedBy === undefined && Date.parse(expiresAt) <= now.getTime()) {
    return { nearness: 4, why: `${by}'s yes expired at ${expiresAt}` };
  }
  return undefined;
}

function short(digest: Digest): string {
  return digest.slice(0, 19);
}

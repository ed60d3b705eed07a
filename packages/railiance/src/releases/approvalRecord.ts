import { canonicalJson } from '../config/canonical.ts';
import { type Approval, approvalSchema, type KeptApproval } from '../domain/approval.ts';
import type { Signer } from './approvalStore.ts';

/** The texts that a store keeps of one approval; the latter two are written after it, once. */
export interface ApprovalTexts {
  readonly approval: string | undefined;
  readonly withdrawn: string | undefined;
  readonly used: string | undefined;
}

export function assertApprovalId(id: string): string {
  if (isApprovalId(id)) return id;
  throw new Error(`${JSON.stringify(id.slice(0, 80))} is no id of an approval`);
}

export function isApprovalId(id: string): boolean {
  return /^[0-9a-f-]{36}$/.test(id);
}

/** An approval with its signature, as it is kept. */
export async function signedApproval(approval: Approval, signer: Signer): Promise<string> {
  const signature = await signer.sign(canonicalJson(approval));
  return `${JSON.stringify({ approval, signature }, null, 2)}\n`;
}

/** What was kept under an id. Undefined where that is no approval; damage is never a yes, nor one that nobody has used. */
export async function readApproval(
  id: string,
  texts: ApprovalTexts,
  signer: Signer,
): Promise<KeptApproval | undefined> {
  const stored = parsed<{ approval?: Approval; signature?: unknown }>(texts.approval);
  if (stored?.approval?.schema !== approvalSchema || typeof stored.signature !== 'string') return undefined;
  const { approval, signature } = stored;
  const withdrawn = parsed<{ by: string; at: string }>(texts.withdrawn);
  const used = parsed<{ runId: string }>(texts.used);
  const isWhole = (texts.withdrawn === undefined || withdrawn?.by) && (texts.used === undefined || used?.runId);
  // A record under another's name would be the same yes a second time.
  const isOwn = approval.id === id && (await signer.verify(canonicalJson(approval), signature));
  return {
    approval,
    sound: Boolean(isWhole && isOwn),
    ...(withdrawn && { withdrawn }),
    ...(used && { usedBy: used.runId }),
  };
}

function parsed<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

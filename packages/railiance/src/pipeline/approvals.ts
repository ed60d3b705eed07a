import { type Approval, type ApprovalQuestion, standingOf } from '../domain/approval.ts';
import type { Clock } from '../domain/clock.ts';
import type { CheckResult } from '../domain/verdict.ts';
import type { ApprovalStore } from '../releases/approvalStore.ts';

/** What the hub says of a yes that was given there. */
export type HubWord = 'approved' | 'not approved' | 'unknown';

export interface ApprovalPorts {
  readonly store: Pick<ApprovalStore, 'list' | 'take'>;
  readonly clock: Clock;
  /** Asks the hub that a yes was given in. Never throws. */
  readonly askHub: (hub: NonNullable<Approval['hub']>) => Promise<HubWord>;
}

/** The yes of a person, as the gate asks for it. */
export interface Approvals {
  /** Does a yes stand? Asked as often as one likes. */
  check(question: ApprovalQuestion): Promise<CheckResult>;
  /** As `check`, and the yes belongs to this run from now on. */
  take(question: ApprovalQuestion & { readonly runId: string }): Promise<CheckResult>;
}

export function createApprovals({ store, clock, askHub }: ApprovalPorts): Approvals {
  async function find(question: ApprovalQuestion): Promise<Approval | CheckResult> {
    const standing = standingOf(await store.list(question.target), question, clock.now());
    if (!standing.stands) return no(question, standing.why);
    const { approval } = standing;
    if (!approval.hub) return approval;
    const word = await askHub(approval.hub);
    if (word === 'approved') return approval;
    if (word === 'not approved') return no(question, `${approval.hub.url} does not say yes any more`);
    return no(question, `${approval.hub.url}, where the yes was given, cannot be asked whether it stands`, 'unknown');
  }

  async function asked(work: () => Promise<CheckResult>): Promise<CheckResult> {
    const startedMs = clock.elapsedMs();
    return { ...(await work()), durationMs: Math.round(clock.elapsedMs() - startedMs) };
  }

  return {
    check: (question) =>
      asked(async () => {
        const found = await find(question);
        return 'verdict' in found ? found : yes(found);
      }),
    take: (question) =>
      asked(async () => {
        for (;;) {
          const found = await find(question);
          if ('verdict' in found) return found;
          await store.take(question.target, found.id, question.runId);
          // Only now: who took it first, and whether it was withdrawn, cannot change under us any more.
          const kept = await store.list(question.target);
          const same = kept.filter(({ approval, sound }) => sound && approval.id === found.id);
          const after = standingOf(same, question, clock.now());
          if (after.stands) return yes(after.approval);
          // Another run was first, and there may be one more yes: to pass, this run has to take that one too.
          const isTaken = same.some(({ usedBy }) => usedBy !== undefined && usedBy !== question.runId);
          if (!isTaken) return no(question, after.why);
        }
      }),
  };
}

function yes({ id, by, givenAt, expiresAt, hub, reason }: Approval): CheckResult {
  const where = hub ? ` in ${hub.url}` : '';
  return {
    name: 'approval',
    verdict: 'pass',
    summary: `${by} said yes${where} at ${givenAt}${reason === undefined ? '' : `: ${reason}`}`,
    evidence: { approval: id, by, givenAt, expiresAt, ...(hub && { hub: hub.url, hubApproval: hub.id }) },
    durationMs: 0,
  };
}

function no({ target, digest }: ApprovalQuestion, why: string, verdict: 'fail' | 'unknown' = 'fail'): CheckResult {
  return {
    name: 'approval',
    verdict,
    summary: why,
    hint: `whoever may decide runs: railiance approve ${target.app} --stage ${target.stage} --digest ${digest}`,
    evidence: { digest },
    durationMs: 0,
  };
}

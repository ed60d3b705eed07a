import { type Approval, type ApprovalQuestion, approvalSchema } from '../../domain/approval.ts';
import type { Artifact } from '../../domain/artifact.ts';
import type { HubSpec } from '../../domain/blueprint.ts';
import { problemOf } from '../../domain/failure.ts';
import { type About, type HubApproval, hubApprovals } from '../../events/hub/hubApprovals.ts';
import { createHubCaller } from '../../events/hub/hubCaller.ts';
import { hubFolder } from '../../events/hubFolder.ts';
import type { Change, Surroundings } from '../carryOut.ts';
import type { Toolbox } from '../compose.ts';
import { hubKey, type KeySources } from '../hub/hubKey.ts';

const questionLivesMs = 24 * 3_600_000;
const settleWithinMs = 2_000;

/** A question that waits in the hub. */
export interface HubQuestion {
  /** Where a person answers. */
  readonly link: string;
  /** Resolves with the answer, once there is one. A yes is on record with the stage by then. */
  answer(signal: AbortSignal): Promise<HubApproval>;
  /** Takes the question back: it was answered elsewhere. Never throws. */
  withdraw(): Promise<void>;
}

interface Subject {
  readonly question: ApprovalQuestion;
  readonly artifact: Artifact;
  /** Whether a yes stands now. */
  readonly stands: () => Promise<boolean>;
}

type Around = Pick<Surroundings, 'output' | 'env' | 'signal'>;

/**
 * Takes over what was answered in the hub of the blueprint already, and puts the question there where that is no yes.
 * Undefined where nothing waits in a hub: a yes stands now, there is no hub, or it does not take the question.
 */
export async function askInHub(
  { hub, command }: Change,
  { question, artifact, stands }: Subject,
  { output, env, signal }: Around,
  { home, approvals: store, actor }: Toolbox,
): Promise<HubQuestion | undefined> {
  if (!hub) return undefined;
  try {
    const caller = createHubCaller({ url: hub.url, key: await hubKey(hub, { home, env }) });
    await hubFolder(home, hub).remember();
    const api = hubApprovals(caller);
    const keep = (answer: HubApproval) => store.add(kept(answer, question, artifact, hub.url));
    const { target, digest } = question;
    for (const given of await api.list(question, 'approved', signal)) await keep(given);
    if (await stands()) return undefined;
    const { link, id } = await api.ask(
      {
        ...target,
        digest,
        tag: artifact.revision.tag,
        requestedBy: actor,
        reason: command,
        expiresInMs: questionLivesMs,
      },
      signal,
    );
    return {
      link,
      async answer(until) {
        const answer = await api.decided(id, until);
        if (answer.status === 'approved') await keep(answer);
        return answer;
      },
      withdraw: () => api.withdraw(id, AbortSignal.timeout(2_000)).catch(() => {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    output.warn(`${hub.url} was not asked: ${problemOf(error)}`);
    return undefined;
  }
}

/** Takes back what waits in the hub for an answer that was given here. Never throws: the hub lets it expire otherwise. */
export async function settleInHub(hub: HubSpec, about: About, sources: KeySources): Promise<void> {
  try {
    const api = hubApprovals(createHubCaller({ url: hub.url, key: await hubKey(hub, sources) }));
    const signal = AbortSignal.timeout(settleWithinMs);
    for (const { id } of await api.list(about, 'waiting', signal)) await api.withdraw(id, signal);
  } catch {
    // Nobody waits for this.
  }
}

/** The hub's record has the same id here, so that it can be taken over only once, and used only once. */
function kept(answer: HubApproval, { target }: ApprovalQuestion, artifact: Artifact, url: string): Approval {
  return {
    schema: approvalSchema,
    ...target,
    id: answer.id,
    digest: answer.digest as Approval['digest'],
    tag: artifact.revision.tag,
    by: answer.decided_by ?? 'somebody',
    givenAt: answer.decided_at ?? new Date().toISOString(),
    expiresAt: answer.expires_at,
    ...(answer.comment !== null && { reason: answer.comment }),
    hub: { url, id: answer.id },
  };
}

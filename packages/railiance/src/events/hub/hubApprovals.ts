import { setTimeout as wait } from 'node:timers/promises';

import type { Digest } from '../../domain/artifact.ts';
import type { Target } from '../../domain/name.ts';
import type { HubCaller } from './hubCaller.ts';
import { HubProblem } from './hubProblem.ts';
import { followStream } from './hubStream.ts';

/** A question that was put to the hub, as it stands there. */
export interface HubApproval {
  readonly id: string;
  readonly digest: string;
  readonly status: 'waiting' | 'approved' | 'rejected' | 'withdrawn' | 'expired';
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly expires_at: string;
  readonly comment: string | null;
}

export interface ApprovalRequest extends Target {
  readonly digest: Digest;
  readonly tag: string;
  readonly requestedBy: string;
  readonly reason?: string;
  readonly expiresInMs: number;
}

/** What a question is about. */
export interface About {
  readonly target: Target;
  readonly digest: Digest;
}

/** The approvals of a hub. All of it throws HubProblem. */
export interface HubApprovals {
  /** Asks; where the same question waits already, that one is found. `link` is where a person answers. */
  ask(request: ApprovalRequest, signal: AbortSignal): Promise<HubApproval & { readonly link: string }>;
  read(id: string, signal: AbortSignal): Promise<HubApproval>;
  /** The questions about one artifact on one stage that stand so, newest first. */
  list(about: About, status: HubApproval['status'], signal: AbortSignal): Promise<readonly HubApproval[]>;
  /** Resolves when the question does not wait any more. Follows the hub's stream; comes back when it breaks. */
  decided(id: string, signal: AbortSignal): Promise<HubApproval>;
  /** Takes the question back. */
  withdraw(id: string, signal: AbortSignal): Promise<void>;
}

const againAfterMs = 1_000;

export function hubApprovals(caller: HubCaller): HubApprovals {
  const read = (id: string, signal: AbortSignal) =>
    caller.ask<HubApproval>({ method: 'GET', path: `/approvals/${encodeURIComponent(id)}`, signal });
  /** A hub that is just starting again answers 503 for a moment. */
  const readPatiently = async (id: string, signal: AbortSignal): Promise<HubApproval> => {
    for (;;) {
      try {
        return await read(id, signal);
      } catch (error) {
        if (!(error instanceof HubProblem) || error.remedy !== 'wait') throw error;
        await wait(error.afterMs ?? againAfterMs, undefined, { signal });
      }
    }
  };
  return {
    read,
    ask: ({ app, stage, digest, tag, requestedBy, reason, expiresInMs }, signal) =>
      caller.ask({
        method: 'POST',
        path: '/approvals',
        json: {
          ...{ hub: app, stage, digest, tag, requested_by: requestedBy },
          ...(reason !== undefined && { reason }),
          expires_in_s: Math.round(expiresInMs / 1000),
        },
        signal,
      }),
    async list({ target: { app, stage }, digest }, status, signal) {
      const query = new URLSearchParams({ hub: app, stage, digest, status });
      return (await caller.ask<{ items: HubApproval[] }>({ method: 'GET', path: `/approvals?${query}`, signal })).items;
    },
    async decided(id, signal) {
      const stream = `/events/stream?${new URLSearchParams({ subject: `approvals/${id}` })}`;
      // Read once the stream is open, and at each word from it: so no answer falls between the two.
      for await (const _ of followStream(caller, stream, signal)) {
        const approval = await readPatiently(id, signal);
        if (approval.status !== 'waiting') return approval;
      }
      throw signal.reason;
    },
    async withdraw(id, signal) {
      await caller.ask({ method: 'POST', path: `/approvals/${encodeURIComponent(id)}/withdraw`, signal });
    },
  };
}

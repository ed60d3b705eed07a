import type { EventRow } from '../live/eventRow.ts';
import type { DueDelivery } from '../queries/dueDeliveries.ts';
import type { Attempt } from '../queries/endAttempt.ts';
import { version } from '../version.ts';
import { type PostAnswer, post } from './post.ts';
import { delayMs } from './retries.ts';
import { secretOf, signed } from './signature.ts';
import { faultOfTarget, lookupFor } from './target.ts';

const timeoutMs = 15_000;
const dayMs = 86_400_000;

export interface Sender {
  readonly sessionSecret: string;
  /** What HUB_WEBHOOK_HOSTS names. */
  readonly hosts: readonly string[];
  readonly clock: () => Date;
  /** Ends every attempt when the hub stops. */
  readonly signal: AbortSignal;
}

export interface Outcome extends Attempt {
  /** Why the webhook itself is to be paused. */
  readonly pauseBecause?: string;
}

/** Sends one delivery once, and says what is to become of it. @throws only when `signal` ended it */
export async function attempt(sender: Sender, delivery: DueDelivery, event: EventRow | undefined): Promise<Outcome> {
  const started = performance.now();
  const tookMs = () => Math.round(performance.now() - started);
  try {
    const answer = await send(sender, delivery, event);
    const { status } = answer;
    if (status >= 200 && status < 300) {
      return { status: 'delivered', nextAt: null, answer: status, error: null, tookMs: tookMs() };
    }
    const gone = status === 410;
    const failure = failed(sender, delivery, gone ? undefined : answer.retryAfter, gone);
    return { ...failure, answer: status, error: `answered ${status}`, tookMs: tookMs() };
  } catch (error) {
    if (sender.signal.aborted) throw error;
    return { ...failed(sender, delivery), answer: null, error: wordsOf(error), tookMs: tookMs() };
  }
}

async function send(sender: Sender, delivery: DueDelivery, event: EventRow | undefined): Promise<PostAnswer> {
  const { hosts, clock, signal } = sender;
  const url = new URL(delivery.url);
  // What was allowed when it was made may not be any more.
  const fault = faultOfTarget(url, hosts);
  if (fault !== undefined) throw new Error(`the address ${fault}`);
  const message = { id: `msg_${delivery.id}`, at: clock(), body: JSON.stringify(payload(delivery, event)) };
  return await post({
    url,
    headers: { ...signed(message, secretsOf(sender, delivery)), 'User-Agent': `inter-hub/${version}` },
    body: message.body,
    lookup: lookupFor(url, hosts),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
}

/** What Standard Webhooks wants: type, timestamp, data; the data is the event as the API shows it. */
function payload({ webhook_id, created_at }: DueDelivery, event: EventRow | undefined): Record<string, unknown> {
  if (event === undefined) return { type: testType, timestamp: created_at, data: { webhook: webhook_id } };
  return { type: event.type, timestamp: event.received_at, data: event };
}

const testType = 'inter-hub.webhook.test';

function secretsOf({ sessionSecret, clock }: Sender, { webhook_id, secret_number, secret_changed_at }: DueDelivery) {
  const newest = secretOf(sessionSecret, webhook_id, secret_number);
  const changing = secret_changed_at !== null && clock().getTime() - secret_changed_at.getTime() < dayMs;
  return changing ? [newest, secretOf(sessionSecret, webhook_id, secret_number - 1)] : [newest];
}

function failed(
  { clock }: Sender,
  { attempts, event_seq }: DueDelivery,
  retryAfter?: string,
  gone = false,
): Pick<Outcome, 'status' | 'nextAt' | 'pauseBecause'> {
  if (gone) return { status: 'failed', nextAt: null, pauseBecause: 'Its receiver answered 410 Gone.' };
  const now = clock();
  // A test is looked at by whoever asked for it: once is enough.
  const waitMs = event_seq === null ? undefined : delayMs(attempts, retryAfter, now, Math.random());
  if (waitMs !== undefined) return { status: 'waiting', nextAt: new Date(now.getTime() + waitMs) };
  if (event_seq === null) return { status: 'failed', nextAt: null };
  return { status: 'failed', nextAt: null, pauseBecause: `A delivery failed ${attempts} times over three days.` };
}

function wordsOf(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === 'TimeoutError' || name === 'AbortError') return `no answer within ${timeoutMs / 1000} s`;
  return (message || code || 'cannot be reached').slice(0, 200);
}

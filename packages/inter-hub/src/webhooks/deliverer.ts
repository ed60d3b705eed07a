import type { Logger } from 'pino';
import type { Database } from '../database/db.ts';
import { oneAtATime } from '../oneAtATime.ts';
import { type DueDelivery, takeDeliveries, waitingWebhooks } from '../queries/dueDeliveries.ts';
import { endAttempt, forgetDeliveries, giveBack, pauseWebhook } from '../queries/endAttempt.ts';
import { findEvent } from '../queries/findEvent.ts';
import { isWebhookActive, queueDeliveries, skipEvents } from '../queries/queueDeliveries.ts';
import { attempt, type Sender } from './attempt.ts';

const page = 500;
/** Between two looks: events come by the thousand a second. */
const restMs = 100;
const forgetMs = 3_600_000;
/** Without any webhook the place among the events is only kept up now and then. */
const skipMs = 5000;
/** Sent to one webhook at once, and webhooks sent to at once: a message may be 1 MB. */
const atOnce = 4;
const webhooksAtOnce = 16;
/** Then it is another's turn: many that are slow hold up the rest no longer than this. */
const turnMs = 5000;

export interface DelivererParts extends Omit<Sender, 'signal'> {
  readonly database: Database;
  readonly logger: Logger;
}

/** Tells webhooks of events: each that it wants, at least once, by whichever hub comes to it first. */
export interface Deliverer {
  /** Looks for what is to be told. Resolves when nothing is left to be sent now. */
  wake(): Promise<void>;
  /** Ends what is under way; the next hub goes on from there. */
  stop(): Promise<void>;
}

export function startDeliverer({ database, logger, ...parts }: DelivererParts): Deliverer {
  const stopping = new AbortController();
  const sender: Sender = { ...parts, signal: stopping.signal };
  const sending = new Map<string, Promise<void>>();
  let [forgottenAtMs, skippedAtMs] = [0, 0];

  const sendSome = async (webhookId: string): Promise<void> => {
    const startedMs = performance.now();
    while (!stopping.signal.aborted && performance.now() - startedMs < turnMs) {
      const taken = await takeDeliveries(database, webhookId, parts.clock(), atOnce);
      if (taken.length === 0) return;
      await Promise.all(taken.map((delivery) => deliver(database, sender, delivery)));
    }
  };
  const work = async (): Promise<void> => {
    const nowMs = parts.clock().getTime();
    if (nowMs - forgottenAtMs > forgetMs) {
      forgottenAtMs = nowMs;
      await forgetDeliveries(database, parts.clock());
    }
    if (!(await isWebhookActive(database))) {
      if (nowMs - skippedAtMs <= skipMs) return;
      skippedAtMs = nowMs;
      return skipEvents(database);
    }
    const next = () => database.transaction((db) => queueDeliveries(db, page, parts.clock()));
    while (!stopping.signal.aborted && (await next()) === page);
    const waiting = await waitingWebhooks(database, [...sending.keys()]);
    const now = parts.clock();
    const due = waiting.filter(({ next_at }) => next_at <= now);
    for (const { id } of due.slice(0, webhooksAtOnce - sending.size)) sending.set(id, sendInTurn(id));
    const laterMs = waiting.filter(({ next_at }) => next_at > now).map(({ next_at }) => next_at.getTime());
    if (laterMs.length > 0) wakeIn(Math.min(...laterMs) - now.getTime());
  };
  const sendInTurn = async (id: string): Promise<void> => {
    try {
      await sendSome(id);
      sending.delete(id);
      // For what others wait for, and for when its own comes again.
      void looking.wake();
    } catch (error) {
      sending.delete(id);
      logger.warn({ err: error, webhook: id }, 'cannot send to a webhook');
    }
  };
  const looking = oneAtATime(work, {
    signal: stopping.signal,
    onError: (error) => logger.warn({ err: error }, 'cannot look for what webhooks want'),
    restMs,
  });
  let timer: NodeJS.Timeout | undefined;
  /** Of a retry that comes due no event tells. */
  const wakeIn = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void looking.wake(), ms).unref();
  };
  return {
    wake: async () => {
      await looking.wake();
      await Promise.all(sending.values());
    },
    stop: async () => {
      stopping.abort();
      await looking.over();
      clearTimeout(timer);
      await Promise.all(sending.values());
    },
  };
}

async function deliver(database: Database, sender: Sender, delivery: DueDelivery): Promise<void> {
  const { id, webhook_id, event_seq } = delivery;
  const event = event_seq === null ? undefined : await findEvent(database, event_seq);
  try {
    const { pauseBecause, ...outcome } = await attempt(sender, delivery, event);
    await database.transaction(async (db) => {
      await endAttempt(db, id, outcome, sender.clock());
      if (pauseBecause !== undefined) await pauseWebhook(db, webhook_id, pauseBecause);
    });
  } catch (error) {
    if (!sender.signal.aborted) throw error;
    await giveBack(database, id, sender.clock());
  }
}

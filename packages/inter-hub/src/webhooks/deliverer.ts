import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database/db.ts';
import { type DueDelivery, dueWebhooks, takeDeliveries } from '../queries/dueDeliveries.ts';
import { endAttempt, forgetDeliveries, giveBack, pauseWebhook } from '../queries/endAttempt.ts';
import { findEvent } from '../queries/findEvent.ts';
import { isWebhookActive, queueDeliveries, skipEvents } from '../queries/queueDeliveries.ts';
import { attempt, type Sender } from './attempt.ts';

const page = 500;
/** Events come by the thousand a second; webhooks are looked for this often at most. */
const restMs = 250;
/** Retries come due without any event. */
const pollMs = 5000;
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

  /** @returns whether its turn ended before all was sent */
  const sendSome = async (webhookId: string): Promise<boolean> => {
    const startedMs = performance.now();
    while (!stopping.signal.aborted && performance.now() - startedMs < turnMs) {
      const taken = await takeDeliveries(database, webhookId, parts.clock(), atOnce);
      if (taken.length === 0) return false;
      await Promise.all(taken.map((delivery) => deliver(database, sender, delivery)));
    }
    return true;
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
    const free = webhooksAtOnce - sending.size;
    for (const id of await dueWebhooks(database, parts.clock(), [...sending.keys()], free)) {
      const sent = sendSome(id).catch((error: unknown) => {
        logger.warn({ err: error, webhook: id }, 'cannot send to a webhook');
        return false;
      });
      const over = sent.then((more) => {
        sending.delete(id);
        if (more) void looking.wake();
      });
      sending.set(id, over);
    }
  };
  const looking = oneAtATime(work, logger, stopping);
  const timer = setInterval(() => void looking.wake(), pollMs);
  timer.unref();
  return {
    wake: async () => {
      await looking.wake();
      await Promise.all(sending.values());
    },
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await looking.stop();
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

/** Calls while it works are one more round, after a rest. */
function oneAtATime(work: () => Promise<void>, logger: Logger, { signal }: AbortController) {
  let working: Promise<void> | undefined;
  let again = false;
  const rounds = async (): Promise<void> => {
    do {
      again = false;
      await work();
      if (again) await sleep(restMs, undefined, { signal }).catch(() => undefined);
    } while (again && !signal.aborted);
  };
  return {
    wake: (): Promise<void> => {
      if (signal.aborted) return Promise.resolve();
      again = true;
      working ??= rounds()
        .catch((error: unknown) => logger.warn({ err: error }, 'cannot look for what webhooks want'))
        .finally(() => {
          working = undefined;
        });
      return working;
    },
    stop: async (): Promise<void> => {
      await working;
    },
  };
}

import { Buffer } from 'node:buffer';
import type { Db } from '../database/db.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Metrics } from '../metrics.ts';
import { type EventRow, eventsAfter } from './eventRow.ts';
import type { Feed } from './feed.ts';
import type { Frame } from './frame.ts';

export interface StreamOptions {
  readonly feed: Feed;
  readonly db: Db;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  /** Number of the last event the client has; undefined for new events only. */
  readonly after: number | undefined;
  readonly wants: (event: EventRow) => boolean;
  /** Asked again and again: whoever lost the right to look is shown nothing more. */
  readonly isAllowed: () => Promise<boolean>;
  /** Calls back when that may have changed; without it, it is noticed with the next heartbeat. */
  readonly onRightsChanged?: (callback: () => void) => () => void;
  readonly frame: Frame;
}

const heartbeatMs = 15_000;
const retryMs = 1000;
const replayPage = 500;
/** What may wait in memory for a slow reader; past this its stream ends, and it comes back with Last-Event-ID. */
const mostPendingBytes = 1024 * 1024;

const connected = Buffer.from(`retry: ${retryMs}\n: connected\n\n`);
const reconnect = Buffer.from(`retry: ${retryMs}\nevent: reconnect\ndata: {}\n\n`);
const stillHere = Buffer.from(': still here\n\n');

export const streamHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
};

/**
 * Server-Sent Events: first what came after `after`, then what comes. Ends for a slow reader and when the hub drains;
 * clients come back by themselves (`retry`) and miss nothing.
 */
export async function eventStream({
  feed,
  db,
  lifecycle,
  metrics,
  after,
  wants,
  isAllowed,
  onRightsChanged,
  frame,
}: StreamOptions): Promise<ReadableStream> {
  if (after === undefined) await feed.skipUnread();
  const endings: (() => void)[] = [];
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    metrics.streams.dec();
    for (const ending of endings) ending();
  };

  return new ReadableStream<Uint8Array>(
    {
      async start(controller) {
        metrics.streams.inc();
        const close = (): void => {
          if (!ended) controller.close();
          end();
        };
        const send = (bytes: Uint8Array): void => {
          if (ended) return;
          controller.enqueue(bytes);
          if ((controller.desiredSize ?? 0) < 0) close();
        };
        let last = after ?? feed.seq;
        const sendAll = (events: readonly EventRow[]): void => {
          // The feed may hand out later what the replay has read already.
          const fresh = events.filter((event) => event.seq > last);
          last = fresh.at(-1)?.seq ?? last;
          const frames = fresh.filter(wants).map(frame);
          if (frames.length > 0) send(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
        };
        const heartbeat = setInterval(() => {
          // Whoever cannot be asked about now, is asked about the next time.
          isAllowed().then(
            (allowed) => (allowed ? send(stillHere) : close()),
            () => send(stillHere),
          );
        }, heartbeatMs);
        endings.push(() => clearInterval(heartbeat));
        if (onRightsChanged) {
          endings.push(
            onRightsChanged(
              () =>
                void isAllowed().then(
                  (allowed) => allowed || close(),
                  () => undefined,
                ),
            ),
          );
        }
        endings.push(
          lifecycle.onDrain(() => {
            send(reconnect);
            close();
          }),
        );
        send(connected);
        // Events that arrive while older ones are being read wait here, so that order holds and none is missed.
        let held: EventRow[] | undefined = [];
        endings.push(
          feed.subscribe((events) => {
            if (held) held.push(...events);
            else sendAll(events);
          }),
        );
        try {
          for (;;) {
            const older = after === undefined ? [] : await eventsAfter(db, last, replayPage);
            sendAll(older);
            if (older.length < replayPage || ended) break;
          }
        } catch {
          close();
        }
        sendAll(held);
        held = undefined;
      },
      cancel: end,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostPendingBytes }),
  );
}

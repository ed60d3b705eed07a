import { type CloudEvent, mostInBatch } from '../cloudEvent.ts';
import type { HubCaller } from './hubCaller.ts';
import { HubProblem } from './hubProblem.ts';

/** What became of a batch: each event is stored once, whoever sent it before. */
interface BatchReceipt {
  readonly stored: number;
  readonly duplicates: number;
  /** Stored before with another body: by another version of railiance, say. The first one stays. */
  readonly conflicts: number;
}

/** Resolves once the hub has all of them on its disk. @throws HubProblem */
export type SendEvents = (events: readonly CloudEvent[], signal: AbortSignal) => Promise<void>;

export function sendTo(caller: HubCaller): SendEvents {
  return async (events, signal) => {
    if (events.length > mostInBatch) throw new Error(`a batch holds at most ${mostInBatch} events`);
    const { stored, duplicates, conflicts } = await caller.ask<BatchReceipt>({
      method: 'POST',
      path: '/events',
      type: 'application/cloudevents-batch+json',
      json: events,
      signal,
    });
    if (stored + duplicates + conflicts === events.length) return;
    throw new HubProblem('the hub did not say what became of each event', 'wait');
  };
}

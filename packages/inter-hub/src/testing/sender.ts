import { setTimeout as sleep } from 'node:timers/promises';
import { cloudEvent } from './events.ts';

export interface Sender {
  /** Where to send from now on; undefined while there is nobody. */
  target: string | undefined;
  /** Ids whose event was acknowledged with a 2xx. */
  readonly acknowledged: Set<string>;
  /** Everything that was not 2xx and not a lost connection. */
  readonly refused: number[];
  /** Stops after what is under way. */
  stop(): Promise<void>;
}

/** Clients that send events one after the other, each until it is acknowledged, as an outbox would. */
export function startSending(key: string, clients: number): Sender {
  let stopped = false;
  const sender: Omit<Sender, 'stop'> = { target: undefined, acknowledged: new Set(), refused: [] };
  const post = async (url: string, event: object): Promise<boolean> => {
    try {
      const answer = await fetch(`${url}/api/v2/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify(event),
      });
      await answer.arrayBuffer();
      if (!answer.ok) sender.refused.push(answer.status);
      return answer.ok;
    } catch {
      return false;
    }
  };
  const client = async (number: number): Promise<void> => {
    for (let n = 0; !stopped; n += 1) {
      const id = `c${number}-${n}`;
      const event = cloudEvent({ id, source: '/sender' });
      while (!stopped) {
        if (sender.target !== undefined && (await post(sender.target, event))) {
          sender.acknowledged.add(id);
          break;
        }
        await sleep(5);
      }
    }
  };
  const working = Array.from({ length: clients }, (_, number) => client(number));
  return Object.assign(sender, {
    stop: async () => {
      stopped = true;
      await Promise.all(working);
    },
  });
}

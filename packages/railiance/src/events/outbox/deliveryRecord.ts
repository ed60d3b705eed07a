import { readFile } from 'node:fs/promises';

import { replaceDurably } from '../../files/durableFile.ts';

/** How the delivery to one hub stands. Written by its one sender, read by anybody. */
export interface Delivery {
  /** Events that the hub has, by its own word. */
  readonly delivered: number;
  /** Events that the hub does not take in any form; they are not sent again. */
  readonly refused: number;
  /** Runs that were given up because too many were waiting. */
  readonly dropped: number;
  readonly lastDeliveredAt?: string;
  /** What stands in the way; absent where the last attempt succeeded. */
  readonly problem?: { readonly words: string; readonly since: string; readonly at: string };
}

export interface DeliveryRecord {
  read(): Promise<Delivery>;
  write(delivery: Delivery): Promise<void>;
}

const schema = 'railiance.delivery.v1';
const none: Delivery = { delivered: 0, refused: 0, dropped: 0 };

export function createFileDeliveryRecord(file: string): DeliveryRecord {
  return {
    async read() {
      try {
        const { schema: found, ...delivery } = JSON.parse(await readFile(file, 'utf8')) as Delivery & {
          schema: string;
        };
        return found === schema ? delivery : none;
      } catch {
        // Never written, or damaged: it is a report, and nothing is decided by it.
        return none;
      }
    },
    write: (delivery) => replaceDurably(file, `${JSON.stringify({ schema, ...delivery }, null, 2)}\n`),
  };
}

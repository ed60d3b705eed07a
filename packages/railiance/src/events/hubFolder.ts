import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import { type ProcessLock, takeProcessLock } from '../config/processLock.ts';
import { createDurably } from '../files/durableFile.ts';
import { folderOf, type HubAddress } from './hub/hubAddress.ts';
import { createFileDeliveryRecord, type DeliveryRecord } from './outbox/deliveryRecord.ts';
import { createFileOutbox } from './outbox/fileOutbox.ts';
import type { Outbox } from './outbox/outbox.ts';

const addressFile = 'address.json';

/** What this machine keeps of one hub, in `<home>/hub/<host>-<hash>/`. */
export interface HubFolder {
  readonly address: HubAddress;
  readonly outbox: Outbox;
  readonly record: DeliveryRecord;
  /** Writes the address down, so that whoever sends later knows where to. */
  remember(): Promise<void>;
  /** The right to send; undefined while another process has it. */
  lock(): Promise<ProcessLock | undefined>;
}

export function hubFolder(home: Home, address: HubAddress): HubFolder {
  const folder = join(home.hub, folderOf(address));
  return {
    address,
    outbox: createFileOutbox(join(folder, 'outbox')),
    record: createFileDeliveryRecord(join(folder, 'delivery.json')),
    async remember() {
      const file = join(folder, addressFile);
      if (!existsSync(file)) await createDurably(file, `${JSON.stringify(address)}\n`);
    },
    lock: () => takeProcessLock(join(folder, 'sender.lock'), 0),
  };
}

/** Every hub that this machine has ever had something to tell, by address. */
export async function knownHubs(home: Home): Promise<readonly HubFolder[]> {
  const names = await readdir(home.hub).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const addresses = await Promise.all(names.map((name) => readAddress(join(home.hub, name, addressFile))));
  return addresses
    .filter((address) => address !== undefined)
    .sort((one, other) => one.url.localeCompare(other.url))
    .map((address) => hubFolder(home, address));
}

async function readAddress(file: string): Promise<HubAddress | undefined> {
  try {
    const { url, key } = JSON.parse(await readFile(file, 'utf8')) as Partial<HubAddress>;
    return typeof url === 'string' && typeof key === 'string' ? { url, key } : undefined;
  } catch {
    return undefined;
  }
}

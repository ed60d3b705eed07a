import type { CloudEvent } from '../../events/cloudEvent.ts';
import type { HubFolder } from '../../events/hubFolder.ts';
import type { Delivery } from '../../events/outbox/deliveryRecord.ts';
import type { RunStore } from '../../pipeline/runStore.ts';
import { owedOf } from './openSender.ts';

/** How the telling of one hub stands. */
export interface DeliveryView extends Delivery {
  readonly url: string;
  /** Where its key is kept. */
  readonly key: string;
  /** Events that wait. */
  readonly pending: number;
}

/** Everything that waits, oldest first. */
export async function pendingOf({ outbox }: HubFolder, runs: RunStore): Promise<readonly CloudEvent[]> {
  const owed = await Promise.all((await outbox.list()).map((run) => owedOf(run, runs)));
  return owed.flatMap((one) => one?.records ?? []).flatMap(({ events }) => events);
}

export async function deliveryView(hub: HubFolder, runs: RunStore): Promise<DeliveryView> {
  const [delivery, pending] = await Promise.all([hub.record.read(), pendingOf(hub, runs)]);
  return { ...hub.address, ...delivery, pending: pending.length };
}

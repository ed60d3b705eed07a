import type { CloudEvent } from '../../events/cloudEvent.ts';
import type { HubFolder } from '../../events/hubFolder.ts';
import type { Delivery } from '../../events/outbox/deliveryRecord.ts';
import type { OwedRun } from '../../events/outbox/outbox.ts';
import type { Journals } from './journals.ts';
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
export async function pendingOf({ outbox }: HubFolder, journals: Journals): Promise<readonly CloudEvent[]> {
  const owed = await Promise.all((await outbox.list()).map((run) => owedBy(run, journals)));
  return owed.flatMap((one) => one?.records ?? []).flatMap(({ events }) => events);
}

/** A run whose journal cannot be reached now counts once it can. */
async function owedBy(run: OwedRun, journals: Journals) {
  return await journals(run)
    .then((runs) => owedOf(run, runs))
    .catch(() => undefined);
}

export async function deliveryView(hub: HubFolder, journals: Journals): Promise<DeliveryView> {
  const [delivery, pending] = await Promise.all([hub.record.read(), pendingOf(hub, journals)]);
  return { ...hub.address, ...delivery, pending: pending.length };
}

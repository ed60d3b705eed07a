import type { Approval } from '../../domain/approval.ts';
import { hubApprovals } from '../../events/hub/hubApprovals.ts';
import { createHubCaller } from '../../events/hub/hubCaller.ts';
import { knownHubs } from '../../events/hubFolder.ts';
import type { HubWord } from '../../pipeline/approvals.ts';
import { hubKey, type KeySources } from '../hub/hubKey.ts';

/** A person waits for the gate: a hub that takes longer counts as one that does not answer. */
const timeoutMs = 5_000;

/** Whether a yes that was given in a hub still stands there. */
export async function wordOfHub(hub: NonNullable<Approval['hub']>, sources: KeySources): Promise<HubWord> {
  try {
    const known = (await knownHubs(sources.home)).find(({ address }) => address.url === hub.url);
    if (!known) return 'unknown';
    const { url } = known.address;
    const caller = createHubCaller({ url, key: await hubKey(known.address, sources), timeoutMs });
    const { status } = await hubApprovals(caller).read(hub.id, AbortSignal.timeout(timeoutMs));
    return status === 'approved' ? 'approved' : 'not approved';
  } catch {
    return 'unknown';
  }
}

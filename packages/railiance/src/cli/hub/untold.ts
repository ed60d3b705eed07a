import type { Home } from '../../config/home.ts';
import type { HubSpec } from '../../domain/blueprint.ts';
import { hubFolder } from '../../events/hubFolder.ts';
import type { Output } from '../output.ts';

/** Says so where the last attempt to tell the hub failed. It is not asked again for that: nobody waits for a hub. */
export async function warnOfUntold(hub: HubSpec, home: Home, output: Output): Promise<void> {
  const { problem } = await hubFolder(home, hub).record.read();
  if (problem) output.warn(`${hub.url} has not been told yet: ${problem.words}`, 'railiance events list');
}

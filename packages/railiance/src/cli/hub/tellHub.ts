import type { Home } from '../../config/home.ts';
import type { HubSpec } from '../../domain/blueprint.ts';
import type { Stage } from '../../domain/stage.ts';
import { hubFolder } from '../../events/hubFolder.ts';
import { identifyProcess } from '../../exec/processIdentity.ts';
import type { RunStore } from '../../pipeline/runStore.ts';
import type { Environment } from '../output/terminal.ts';
import { startSender } from './startSender.ts';
import type { Teller } from './toldRuns.ts';
import { toldRuns } from './toldRuns.ts';

export interface TellingOptions {
  readonly home: Home;
  readonly env: Environment;
  readonly warn: (words: string) => void;
}

/** The runs as they are; with a hub, their events go to it too, sent by a process of its own. */
export function tellHub(
  runs: RunStore,
  stage: Stage,
  hub: HubSpec | undefined,
  { home, env, warn }: TellingOptions,
): RunStore {
  const writer = identifyProcess(process.pid);
  if (!hub || !writer) return runs;
  const { address, outbox, remember } = hubFolder(home, hub);
  const teller: Teller = {
    async owe(run) {
      await remember();
      const at = stage.engine === 'local' ? {} : { at: stage };
      await outbox.add({ ...run, ...at, since: new Date().toISOString() });
      startSender(home, env, address).catch((error: Error) => warn(`the hub is told later: ${error.message}`));
    },
    nudge: (run) => outbox.nudge(run),
    writer,
    warn,
  };
  return toldRuns(runs, teller);
}

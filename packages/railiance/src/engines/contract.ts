import { causeContract } from './contract/causes.ts';
import { changeContract } from './contract/changes.ts';
import { commandContract } from './contract/commands.ts';
import type { EngineFixture } from './contract/fixture.ts';

export type { EngineFixture } from './contract/fixture.ts';

/** What every engine does. `open` gives the engine under test, the same one or a new one each time. */
export function engineContract(name: string, open: () => Promise<EngineFixture>): void {
  changeContract(name, open);
  causeContract(name, open);
  commandContract(name, open);
}

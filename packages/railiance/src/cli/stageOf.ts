import { dirname } from 'node:path';

import { loadBlueprint } from '../config/blueprint.ts';
import { findApp } from '../config/findApp.ts';
import type { HubSpec } from '../domain/blueprint.ts';
import type { Stage } from '../domain/stage.ts';

export interface KnownStage {
  readonly stage: Stage;
  readonly hub: HubSpec | undefined;
}

/**
 * A stage by name, for verbs that go by the records. Where no blueprint can be read (another folder, a broken file) it
 * is a stage of this machine: what is on record here runs here.
 */
export async function stageOf(name: string, reference: string | undefined, cwd: string): Promise<KnownStage> {
  const here: Stage = { name, engine: 'local', production: name === 'production', settings: {} };
  try {
    const { stages, hub } = await loadBlueprint(dirname(await findApp(reference, cwd)), cwd);
    return { stage: stages.find((stage) => stage.name === name) ?? here, hub };
  } catch {
    return { stage: here, hub: undefined };
  }
}

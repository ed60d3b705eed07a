import { dirname } from 'node:path';

import { loadBlueprint } from '../config/blueprint.ts';
import { findApp } from '../config/findApp.ts';
import type { Stage } from '../domain/stage.ts';

/**
 * A stage by name, for verbs that go by the records. Where no blueprint can be read (another folder, a broken file) it
 * is a stage of this machine: what is on record here runs here.
 */
export async function stageOf(name: string, reference: string | undefined, cwd: string): Promise<Stage> {
  const here: Stage = { name, engine: 'local', production: name === 'production', settings: {} };
  try {
    const { stages } = await loadBlueprint(dirname(await findApp(reference, cwd)), cwd);
    return stages.find((stage) => stage.name === name) ?? here;
  } catch {
    return here;
  }
}

import { dirname } from 'node:path';

import { loadBlueprint } from '../../config/blueprint.ts';
import { findApp } from '../../config/findApp.ts';
import type { HubSpec } from '../../domain/blueprint.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';

/**
 * The hub that the blueprint of an app names; without an app, the blueprint here or above.
 * @throws Failure (invalid input) where none is named
 */
export async function hubNear(reference: string | undefined, cwd: string): Promise<HubSpec> {
  const folder = reference === undefined ? cwd : dirname(await findApp(reference, cwd));
  const { hub, file } = await loadBlueprint(folder, cwd);
  if (hub) return hub;
  throw new Failure('find the hub', file === undefined ? 'there is no blueprint.toml here' : `${file} names none`, {
    hint: 'write [hub] with its url into blueprint.toml',
    exitCode: exitCodes.invalidInput,
  });
}

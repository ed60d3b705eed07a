import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import { nearest } from '../domain/nearest.ts';
import type { Builder } from './builder.ts';

/** What in a folder asks for which builder, the one that says most about the image first. */
export const builderSigns = [
  ['flake.nix', 'nix'],
  ['Dockerfile', 'dockerfile'],
  ['Containerfile', 'dockerfile'],
  ['package.json', 'node'],
] as const;

const action = 'choose the builder';

/**
 * The builder that an app's folder asks for.
 * @throws Failure where the folder has no sign of one
 */
export async function detectBuilder(directory: string, builders: readonly Builder[]): Promise<Builder> {
  const sign = builderSigns.find(([file]) => existsSync(join(directory, file)));
  const asked = builders.find(({ name }) => name === sign?.[1]);
  if (asked !== undefined) return asked;
  for (const builder of builders) if (await builder.detect(directory)) return builder;
  throw new Failure(action, `${directory} has none of ${builderSigns.map(([file]) => file).join(', ')}`, {
    hint: 'add one of them; or name the builder in app.toml, for instance [build] builder = "node"',
    exitCode: exitCodes.invalidInput,
  });
}

/**
 * The builder that app.toml names, or the one its folder asks for.
 * @throws Failure as `detectBuilder`, and for a name that is no builder's
 */
export async function chooseBuilder(
  directory: string,
  builders: readonly Builder[],
  name: string | undefined,
): Promise<Builder> {
  if (name === undefined) return detectBuilder(directory, builders);
  const found = builders.find((builder) => builder.name === name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    builders.map((builder) => builder.name),
  );
  throw new Failure(action, `there is no builder ${JSON.stringify(name.slice(0, 80))}`, {
    hint: near === undefined ? `there are ${namesOf(builders)}` : `did you mean ${near}?`,
    exitCode: exitCodes.invalidInput,
  });
}

function namesOf(builders: readonly Builder[]): string {
  return builders.map(({ name }) => name).join(', ');
}

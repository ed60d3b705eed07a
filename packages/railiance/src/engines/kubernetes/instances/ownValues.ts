import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { parse } from 'yaml';

import { mergeTables } from '../../../config/merge.ts';
import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import type { Placement } from '../../engine.ts';

type Values = Readonly<Record<string, unknown>>;

/** What app.toml has no words for. The rest of the built-in chart's values comes from app.toml and the blueprint alone. */
const free: readonly string[] = [
  ...['drainSeconds', 'resources', 'volumeClass', 'volumeModes', 'podSecurityContext', 'securityContext'],
  ...['podAnnotations', 'nodeSelector', 'tolerations', 'affinity', 'service', 'ingress'],
];
const freeOfIngress: readonly string[] = ['annotations', 'entryPoints', 'candidateEntryPoints'];

/**
 * The values files of an app without a chart of its own, as one; later ones win.
 * @throws Failure (invalid input) for a file that cannot be read, and for values that something else decides
 */
export async function ownValues({ directory, values }: Placement): Promise<Values | undefined> {
  let all: Values | undefined;
  for (const file of values) all = mergeTables(all ?? {}, await readValues(directory, file));
  return all;
}

async function readValues(directory: string, file: string): Promise<Values> {
  const refuse = (problem: string, hint = 'values under [deploy] in app.toml are named from its folder') =>
    new Failure(`read the values file ${file}`, problem, { hint, exitCode: exitCodes.invalidInput });
  let read: unknown;
  try {
    read = parse(await readFile(isAbsolute(file) ? file : join(directory, file), 'utf8'));
  } catch (error) {
    throw refuse(problemOf(error));
  }
  if (read === null) return {};
  if (typeof read !== 'object' || Array.isArray(read)) throw refuse('it holds no values');
  const { ingress } = read as { ingress?: unknown };
  const within = typeof ingress === 'object' && ingress !== null ? Object.keys(ingress) : [];
  const taken = [
    ...Object.keys(read).filter((name) => !free.includes(name)),
    ...within.filter((name) => !freeOfIngress.includes(name)).map((name) => `ingress.${name}`),
  ];
  if (taken.length === 0) return read as Values;
  const hint = `app.toml and the stage's settings decide that; the chart takes ${free.join(', ')}; \`railiance render chart\` makes one of your own`;
  throw refuse(`${taken.join(', ')} cannot be set there`, hint);
}

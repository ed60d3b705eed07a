import { isAbsolute, join } from 'node:path';

import { mergeTables } from '../../../config/merge.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Placement } from '../../engine.ts';
import { readValuesFile, type Values } from '../valuesFile.ts';

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
  for (const file of values) all = mergeTables(all ?? {}, await readOwn(directory, file));
  return all;
}

async function readOwn(directory: string, file: string): Promise<Values> {
  const { values } = await readValuesFile(isAbsolute(file) ? file : join(directory, file), file);
  const { ingress } = values as { ingress?: unknown };
  const within = typeof ingress === 'object' && ingress !== null ? Object.keys(ingress) : [];
  const taken = [
    ...Object.keys(values).filter((name) => !free.includes(name)),
    ...within.filter((name) => !freeOfIngress.includes(name)).map((name) => `ingress.${name}`),
  ];
  if (taken.length === 0) return values;
  const hint = `app.toml and the stage's settings decide that; the chart takes ${free.join(', ')}; \`railiance render chart\` makes one of your own`;
  throw new Failure(`read the values file ${file}`, `${taken.join(', ')} cannot be set there`, {
    hint,
    exitCode: exitCodes.invalidInput,
  });
}

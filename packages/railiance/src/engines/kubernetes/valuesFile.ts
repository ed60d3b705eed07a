import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface ValuesFile {
  readonly text: string;
  readonly values: Values;
}

const named = 'values under [deploy] in app.toml are named from its folder';

/**
 * Reads a values file of Helm, as leniently as Helm does: of keys that are there twice the last one wins.
 * @param shown its name, for people
 * @throws Failure (invalid input) with line and column where it is no YAML
 */
export async function readValuesFile(path: string, shown: string): Promise<ValuesFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw refused(shown, 'there is no such file', named);
    throw refused(shown, error.message, named);
  });
  return { text, values: parseValues(text, shown) };
}

export function parseValues(text: string, shown: string): Values {
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false });
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error) throw refused(`${shown}${placeIn(text, error.pos[0])}`, error.message, 'mend the YAML there');
  const values = plain(document, shown);
  if (values === null || values === undefined) return {};
  if (typeof values === 'object' && !Array.isArray(values)) return values as Values;
  const kind = Array.isArray(values) ? 'a list' : `a ${typeof values}`;
  throw refused(`${shown}:1:1`, `it holds ${kind}, and no values by name`, 'begin with a name: `replicas: 2`');
}

/** What an alias names is looked up only now. */
function plain(document: ReturnType<typeof parseDocument>, shown: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw refused(shown, problemOf(error), 'write out what the alias is to stand for');
  }
}

function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function refused(place: string, problem: string, hint: string): Failure {
  return new Failure(`read the values file ${place}`, problem, { hint, exitCode: exitCodes.invalidInput });
}

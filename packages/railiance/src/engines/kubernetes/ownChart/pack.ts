import { cp, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { writeValues } from '../helm/helm.ts';
import { readValuesFile } from '../valuesFile.ts';
import { assertWithin } from './fetched.ts';
import type { FoundChart } from './resolve.ts';

/** A chart as Helm is given it. */
export interface OwnChart {
  /** Its folder. */
  readonly chart: string;
  readonly revision?: string;
  /** Files, later ones win. */
  readonly values: readonly string[];
}

/**
 * Puts what Helm is to read into one folder, so that it can be brought to where Helm runs, and stays the same between the
 * look at what it renders and the upgrade. Answers where Helm finds it once the folder has its place.
 * @throws Failure (invalid input) where a values file is not there, or is no YAML
 */
export async function packChart(
  { chart, isHere, revision, beside, own, within }: FoundChart,
  overrides: unknown,
  folder: string,
): Promise<(there: string) => OwnChart> {
  if (isHere) {
    const filter = async (path: string) => {
      if (within !== undefined) await assertWithin(path, within);
      return basename(path) !== '.git';
    };
    await cp(chart, join(folder, 'chart'), { recursive: true, dereference: true, filter });
  }
  const copies = await Promise.all((isHere ? [...beside, ...own] : own).map((file, at) => copied(file, folder, at)));
  await writeValues(folder, 'railiance.json', overrides);
  return (there) => ({
    chart: isHere ? join(there, 'chart') : chart,
    ...(revision !== undefined && { revision }),
    values: [...(isHere ? [] : beside), ...[...copies, 'railiance.json'].map((name) => join(there, name))],
  });
}

/** Helm names a file by its own name where it does not like what is in it. */
async function copied(file: string, folder: string, at: number): Promise<string> {
  const name = `${at}-${basename(file)}`;
  const { text } = await readValuesFile(file, file);
  await writeFile(join(folder, name), text, { mode: 0o600 });
  return name;
}

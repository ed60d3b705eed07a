import { cp, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { writeValues } from '../helm/helm.ts';
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
 * @throws Failure where a values file is not there
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

async function copied(file: string, folder: string, at: number): Promise<string> {
  const name = `values-${at}.yaml`;
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new Failure(`read the values file ${file}`, 'there is no such file', {
      hint: 'values under [deploy] in app.toml are named from its folder',
      exitCode: exitCodes.invalidInput,
    });
  }
  await cp(file, join(folder, name), { dereference: true });
  return name;
}

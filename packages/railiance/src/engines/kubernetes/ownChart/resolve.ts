import { access } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Exec } from '../../../exec/exec.ts';
import type { Placement } from '../../engine.ts';
import type { HelmPlace } from '../helm/helmPlace.ts';
import { fetchedChart } from './fetched.ts';
import { chartElsewhere } from './foundElsewhere.ts';
import { pulledChart } from './pulled.ts';

/** A chart that is not ours, and what belongs to it. */
export interface FoundChart {
  /** Its folder. */
  readonly chart: string;
  /** It lies on this machine: wherever Helm runs, it is brought there. */
  readonly isHere: boolean;
  /** Commit of the checkout it lies in, or version and digest of what was pulled: for the record. */
  readonly revision?: string;
  /** Values files beside it, where it is; later ones win. */
  readonly beside: readonly string[];
  /** The app's own values files, on this machine; they win over those. */
  readonly own: readonly string[];
  /** Checkout that it was fetched in: nothing of it may lead out of there. */
  readonly within?: string;
  /** Removes what was fetched. */
  discard(): Promise<void>;
}

const kept = async () => {};

interface Finder {
  readonly stage: { readonly name: string; readonly production: boolean };
  /** Of this machine. */
  readonly exec: Exec;
  readonly helmPlace: HelmPlace;
  readonly settings: { readonly helm: string };
  readonly plainHttpHosts?: readonly string[];
}

/** Finds the chart that app.toml names. @throws Failure (invalid input) naming where it was looked for */
export async function resolveChart(
  chart: string,
  { directory, values = [] }: Placement,
  { stage, exec, helmPlace, settings, plainHttpHosts = [] }: Finder,
): Promise<FoundChart> {
  const own = values.map((file) => (isAbsolute(file) ? file : join(directory, file)));
  const names = valuesNames(stage);
  if (chart.startsWith('oci://')) {
    const pulled = await pulledChart(chart, names, { helmPlace, program: settings.helm, plainHttpHosts });
    return { ...pulled, own };
  }
  const fetched = await fetchedChart(chart, exec);
  if (fetched) {
    const { folder: chartFolder, checkout, discard } = fetched;
    return { ...(await chartIn(chartFolder, names, exec)), own, within: checkout, discard };
  }
  const places = await chartFolders(chart, directory);
  const folder = await firstWithChart(places);
  if (folder !== undefined) return { ...(await chartIn(folder, names, exec)), own, discard: kept };
  const elsewhere = await chartElsewhere(chart, names, helmPlace);
  if (elsewhere) return { ...elsewhere, own, discard: kept };
  throw notFound(chart, helmPlace.machine === undefined ? places : [...places, `on ${helmPlace.machine}`]);
}

async function chartIn(folder: string, names: readonly string[], exec: Exec) {
  const there = await Promise.all(names.map(async (name) => ((await exists(join(folder, name))) ? [name] : [])));
  const revision = await commitOf(folder, exec);
  const beside = there.flat().map((name) => join(folder, name));
  return { chart: folder, isHere: true, ...(revision && { revision }), beside };
}

/** The stage's own file wins over the one that is for production in general. */
function valuesNames({ name, production }: Finder['stage']): readonly string[] {
  return [...new Set([...(production ? ['values.prod.yaml'] : []), `values.${name}.yaml`])];
}

/** A path from the app's folder, or a checkout beside the app's own: `railiance-apps/helm/inter-hub`. */
async function chartFolders(chart: string, directory: string): Promise<readonly string[]> {
  const places = [resolve(directory, chart)];
  if (!isAbsolute(chart)) {
    for (let at = directory; dirname(at) !== at; at = dirname(at)) {
      places.push(join(dirname(at), chart));
      if (await exists(join(at, '.git'))) break;
    }
  }
  return places;
}

async function firstWithChart(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) if (await exists(join(place, 'Chart.yaml'))) return place;
  return undefined;
}

function notFound(chart: string, places: readonly string[]): Failure {
  return new Failure(`find the chart ${chart}`, `there is no Chart.yaml in ${places.join(', ')}`, {
    hint: 'name it from the folder of app.toml, clone it beside, or give a git URL or oci://…',
    exitCode: exitCodes.invalidInput,
  });
}

async function commitOf(folder: string, exec: Exec): Promise<string | undefined> {
  const argv = ['git', '-C', folder, 'describe', '--always', '--dirty', '--abbrev=12'] as const;
  const { exitCode, stdout } = await exec
    .run({ argv: [...argv], timeoutMs: 5_000 })
    .catch(() => ({ exitCode: 1, stdout: '' }));
  return exitCode === 0 ? stdout.trim() : undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Exec } from '../../../exec/exec.ts';
import type { Placement } from '../../engine.ts';

/** A chart that is not ours, where Helm can read it. */
export interface OwnChart {
  /** Folder, or an OCI reference. */
  readonly chart: string;
  readonly version?: string;
  /** Commit of the checkout it lies in, or the version: for the record. */
  readonly revision?: string;
  /** Values files beside it and of the app, later ones win. */
  readonly values: readonly string[];
  /** Removes what was fetched. */
  discard(): Promise<void>;
}

const kept = async () => {};
const gitTimeoutMs = 60_000;
const gitUrl =
  /^((?:https?|ssh|git|file):\/\/[^\s]+?\.git|git@[^\s]+?\.git)(?:\/\/([^?#]+))?(?:[?#](?:ref=)?([\w./-]+))?$/;

/** Finds the chart that app.toml names. @throws Failure (invalid input) naming where it was looked for */
export async function resolveChart(
  chart: string,
  { directory, values = [] }: Placement,
  stage: { readonly name: string; readonly production: boolean },
  exec: Exec,
): Promise<OwnChart> {
  const own = values.map((file) => (isAbsolute(file) ? file : join(directory, file)));
  if (chart.startsWith('oci://')) {
    const [, name = chart, version] = /^(oci:\/\/.+?)(?::([\w.+-]+))?$/.exec(chart) ?? [];
    return { chart: name, ...(version && { version, revision: version }), values: own, discard: kept };
  }
  const git = gitUrl.exec(chart);
  const fetched = git ? await clone(git[1] ?? '', git[3], exec) : undefined;
  const folder = fetched ? join(fetched, git?.[2] ?? '.') : await chartFolder(chart, directory);
  if (!(await exists(join(folder, 'Chart.yaml')))) throw notFound(chart, [folder]);
  const beside = [`values.${stage.name}.yaml`, ...(stage.production ? ['values.prod.yaml'] : [])];
  const found = (
    await Promise.all(
      [...new Set(beside)].map(async (name) => ((await exists(join(folder, name))) ? join(folder, name) : '')),
    )
  ).filter(Boolean);
  const revision = await commitOf(folder, exec);
  const discard = fetched ? () => rm(fetched, { recursive: true, force: true }) : kept;
  return { chart: folder, ...(revision && { revision }), values: [...found.reverse(), ...own], discard };
}

/** A path from the app's folder, or a checkout beside the app's own: `railiance-apps/helm/inter-hub`. */
async function chartFolder(chart: string, directory: string): Promise<string> {
  const places = [resolve(directory, chart)];
  if (!isAbsolute(chart)) {
    for (let at = directory; dirname(at) !== at; at = dirname(at)) {
      places.push(join(dirname(at), chart));
      if (await exists(join(at, '.git'))) break;
    }
  }
  for (const place of places) if (await exists(join(place, 'Chart.yaml'))) return place;
  throw notFound(chart, places);
}

function notFound(chart: string, places: readonly string[]): Failure {
  return new Failure(`find the chart ${chart}`, `there is no Chart.yaml in ${places.join(', ')}`, {
    hint: 'name it from the folder of app.toml, clone it beside, or give a git URL or oci://…',
    exitCode: exitCodes.invalidInput,
  });
}

async function clone(url: string, ref: string | undefined, exec: Exec): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-chart-'));
  const at = ref === undefined ? [] : ['--branch', ref];
  const result = await exec.run({
    argv: ['git', 'clone', '--quiet', '--depth', '1', ...at, '--', url, folder],
    env: { GIT_TERMINAL_PROMPT: '0' },
    timeoutMs: gitTimeoutMs,
  });
  if (result.exitCode === 0) return folder;
  await rm(folder, { recursive: true, force: true });
  const words = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new Failure(`fetch the chart ${url}`, words || 'git did not end well', {
    exitCode: exitCodes.dependencyMissing,
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

import { access, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Exec } from '../../../exec/exec.ts';

export interface FetchedChart {
  /** Of the chart, in the checkout. */
  readonly folder: string;
  readonly checkout: string;
  /** Removes the checkout. */
  discard(): Promise<void>;
}

const gitTimeoutMs = 60_000;
const gitUrl =
  /^((?:https?|ssh|git|file):\/\/[^\s]+?\.git|git@[^\s]+?\.git)(?:\/\/([^?#]+))?(?:[?#](?:ref=)?([\w./-]+))?$/;

/**
 * A chart that lies in a repository of git, `<url>.git//<folder>?ref=<branch, tag or commit>`; undefined where it is not named so.
 * @throws Failure with git's own words, or where there is no chart in that folder
 */
export async function fetchedChart(chart: string, exec: Exec): Promise<FetchedChart | undefined> {
  const [, url, path = '.', ref] = gitUrl.exec(chart) ?? [];
  if (url === undefined) return undefined;
  const checkout = await realpath(await mkdtemp(join(tmpdir(), 'railiance-chart-')));
  const discard = () => rm(checkout, { recursive: true, force: true });
  try {
    await fetchInto(checkout, url, ref, exec);
    const folder = join(checkout, path);
    await access(join(folder, 'Chart.yaml')).catch(() => {
      throw new Failure(`find the chart ${chart}`, `there is no Chart.yaml in ${path} of ${url} at ${ref ?? 'HEAD'}`, {
        hint: 'name its folder after two slashes: https://git.example/apps.git//helm/app?ref=main',
        exitCode: exitCodes.invalidInput,
      });
    });
    await assertWithin(folder, checkout);
    return { folder, checkout, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Fetched by name, and not cloned: a clone knows branches and tags, but no commits. */
async function fetchInto(checkout: string, url: string, ref = 'HEAD', exec: Exec): Promise<void> {
  const steps = [
    ['init', '--quiet'],
    ['fetch', '--quiet', '--depth', '1', '--', url, ref],
    ['checkout', '--quiet', 'FETCH_HEAD'],
  ] as const;
  for (const step of steps) {
    const argv = ['git', '-C', checkout, ...step] as const;
    const env = { GIT_TERMINAL_PROMPT: '0' };
    const { exitCode, stderr } = await exec.run({ argv: [...argv], env, timeoutMs: gitTimeoutMs });
    if (exitCode === 0) continue;
    const words =
      stderr
        .trim()
        .split('\n')
        .find((line) => line.startsWith('fatal: ')) ?? stderr.trim().split('\n').at(-1);
    throw new Failure(`fetch the chart ${url} at ${ref}`, words || 'git did not end well', {
      hint: `git ls-remote ${url} shows what there is`,
      exitCode: exitCodes.dependencyMissing,
    });
  }
}

/** What is fetched is somebody else's: no link of it may bring a file of this machine into a chart. @throws Failure */
export async function assertWithin(path: string, checkout: string): Promise<void> {
  const place = relative(checkout, await realpath(path));
  if (place !== '..' && !place.startsWith(`..${sep}`)) return;
  throw new Failure('read the chart', `${relative(checkout, path)} leads out of its repository`, {
    hint: 'take that link out of the chart',
    exitCode: exitCodes.invalidInput,
  });
}

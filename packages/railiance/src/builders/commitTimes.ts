import type { Exec } from '../exec/exec.ts';
import { git } from './revision.ts';

/** So many names at a time: what git answers has to stay below the limit of what is kept of an output. */
const atOnce = 5_000;
const abbreviated = /^[0-9a-f]{4,64}$/;

/**
 * When commits were made, in milliseconds, by the names that were given, short or full. What git does not know, or knows
 * several of, is left out; so is everything outside git.
 */
export async function readCommitTimes(
  directory: string,
  names: readonly string[],
  exec: Exec,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  const asked = [...new Set(names)].filter((name) => abbreviated.test(name));
  for (let at = 0; at < asked.length; at += atOnce) {
    for (const [name, time] of await timesOf(directory, asked.slice(at, at + atOnce), exec)) times.set(name, time);
  }
  return times;
}

async function timesOf(directory: string, names: readonly string[], exec: Exec): Promise<[string, number][]> {
  const check = ['cat-file', '--batch-check=%(objectname) %(objecttype)'];
  const found = await git(directory, exec, check, `${names.join('\n')}\n`);
  if (found.exitCode !== 0) return [];
  const commits = found.stdout.split('\n').flatMap((line, at) => {
    const [commit, type] = line.split(' ');
    return type === 'commit' && names[at] !== undefined ? [{ name: names[at], commit: commit ?? '' }] : [];
  });
  if (commits.length === 0) return [];
  const list = ['log', '--no-walk=unsorted', '--stdin', '--format=%H %ct'];
  const { stdout } = await git(directory, exec, list, `${commits.map(({ commit }) => commit).join('\n')}\n`);
  const seconds = new Map(stdout.split('\n').map((line) => line.split(' ') as [string, string]));
  return commits.flatMap(({ name, commit }) => {
    const time = seconds.get(commit);
    return time === undefined ? [] : [[name, Number(time) * 1000] as [string, number]];
  });
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { median } from '../harness.ts';

/** What one run of a program took. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
  /** The most memory it had at once. */
  readonly memoryMb: number;
}

/** Node tells no child's CPU time and memory; wait4(2) does. */
const wrapper = `
import json, os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - begin
print(json.dumps({"wallMs": wall * 1000, "cpuMs": (used.ru_utime + used.ru_stime) * 1000, "memoryMb": used.ru_maxrss / 1024, "exit": os.waitstatus_to_exitcode(status)}))
`;
const run = promisify(execFile);

/** Runs a program to its end. @throws Error with what it printed unless it exits with 0 */
export async function measure(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Cost> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 2 ** 20 };
  const { stdout, stderr } = await run('python3', ['-c', wrapper, ...argv], options);
  const { exit, ...cost } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Cost & { exit: number };
  if (exit !== 0) throw new Error(`${argv.join(' ')}: ${exit}: ${stderr}${stdout}`);
  return cost;
}

export type Subjects = Readonly<Record<string, (round: number) => Promise<Cost>>>;

/** Medians of several programs that do the same in turn, so that a slow moment of the machine hits all of them. */
export async function compare<Names extends Subjects>(
  rounds: number,
  subjects: Names,
): Promise<{ readonly [Name in keyof Names]: Cost }> {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, subject] of Object.entries(subjects)) {
      costs.set(name, [...(costs.get(name) ?? []), await subject(round)]);
    }
  }
  const middle = (all: readonly Cost[]): Cost => ({
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    memoryMb: Math.max(...all.map(({ memoryMb }) => memoryMb)),
  });
  const entries = [...costs].map(([name, all]) => [name, middle(all)] as const);
  return Object.fromEntries(entries) as { readonly [Name in keyof Names]: Cost };
}

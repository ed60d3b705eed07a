import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { dieWithParent } from '../../../exec/dieWithParent.ts';
import type { Command, Exec } from '../../../exec/exec.ts';
import { neutralise } from '../../../exec/neutralise.ts';
import { describeRemembered } from '../../../exec/rememberedProgram.ts';
import { findPrograms, type Program } from '../../../exec/which.ts';
import { arrangeEntries, packTar, type TarEntry } from '../../../oci/index.ts';

type Argv = Command['argv'];

/** Where helm runs: on this machine, or on the one that holds the kubeconfig. */
export interface HelmPlace {
  readonly exec: Exec;
  /** Absent: this one. */
  readonly machine?: string;
  /** Which helm there is; undefined where there is none. */
  describe(program: string): Promise<Program | undefined>;
  /** Hands `work` the path under which helm finds a folder of this machine, or a copy of it that is gone afterwards. */
  carried<T>(folder: string, work: (there: string) => Promise<T>): Promise<T>;
  /** What ends after that time even if nobody is left to end it. */
  guarded(argv: Argv, seconds: number): Argv;
}

/** @param memory folder where the versions of programs that were asked before are kept */
export function helmHere(exec: Exec, memory: string): HelmPlace {
  /** `timeout` of coreutils. */
  const [watchdog] = findPrograms('timeout');
  return {
    exec,
    describe: (program) => describeRemembered(exec, program, ['version', '--short'], memory),
    carried: (folder, work) => work(folder),
    // When this process dies the kernel kills the watchdog, and helm with it: nobody would end a helm that hangs.
    guarded: (argv, seconds) =>
      watchdog === undefined ? argv : [watchdog, '--kill-after=1', `${seconds}`, ...dieWithParent(), ...argv],
  };
}

const shortMs = 20_000;
const largestChartBytes = 32 << 20;
/** BusyBox has a `timeout` of its own; where there is none, what is stopped here is still stopped there. */
const guard = 'command -v timeout >/dev/null || { shift; exec "$@"; }; s=$1; shift; exec timeout -k 1 "$s" "$@"';
const unpack = 'umask 077; d=$(mktemp -d -t railiance-helm-XXXXXXXX) && tar -x -o -f - -C "$d" && echo "$d"';

export function helmOn(machine: string, exec: Exec): HelmPlace {
  const guarded = (argv: Argv, seconds: number): Argv => ['sh', '-c', guard, 'sh', `${seconds}`, ...argv];
  return {
    exec,
    machine,
    async describe(program) {
      const script = 'command -v "$0" && "$0" version --short';
      const { exitCode, stdout } = await exec.run({ argv: ['sh', '-c', script, program], timeoutMs: shortMs });
      const [path = '', version = 'unknown'] = stdout.split('\n');
      if (exitCode !== 0 || path === '') return undefined;
      return { path: `${neutralise(path)} on ${machine}`, version: neutralise(version), shadowed: [] };
    },
    async carried(folder, work) {
      const input = packTar(arrangeEntries(await entriesOf(folder, '')));
      const sent = await exec.run({ argv: ['sh', '-c', unpack], input, timeoutMs: shortMs });
      const there = sent.stdout.trim();
      if (sent.exitCode !== 0 || !there.startsWith('/')) {
        const problem = sent.stderr.trim().split('\n').at(-1) || 'it took too long';
        throw new Failure(`send the chart to ${machine}`, problem, { exitCode: exitCodes.dependencyMissing });
      }
      try {
        return await work(there);
      } finally {
        await exec.run({ argv: ['rm', '-rf', '--', there], timeoutMs: shortMs }).catch(() => {});
      }
    },
    guarded,
  };
}

async function entriesOf(folder: string, prefix: string): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const { name } of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const there = await stat(join(folder, path));
    if (there.isDirectory()) entries.push(...(await entriesOf(folder, path)));
    else if (there.size > largestChartBytes)
      throw new Failure(`read ${path} of the chart`, `it is larger than ${largestChartBytes >> 20} MiB`, {
        exitCode: exitCodes.invalidInput,
      });
    else entries.push({ type: 'content', path, mode: 0o600, content: await readFile(join(folder, path)) });
  }
  return entries;
}

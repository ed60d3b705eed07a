import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../packages/railiance/bin/railiance.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** Starts a command of railiance, and collects what it says. */
export function railiance(words: readonly string[], options: Pick<SpawnOptions, 'cwd' | 'env'> = {}): Started {
  return started(process.execPath, [cli, ...words], options);
}

/** The same for any program. */
export function started(
  program: string,
  words: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Started {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      texts[name] += chunk;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, ...texts }));
  });
  return { child, stderr: () => texts.stderr, ended };
}

/** Standard output of a program that ends well. @throws with all it said where it does not */
export async function outputOf(words: readonly string[], { ended }: Started): Promise<string> {
  const { exitCode, stdout, stderr } = await ended;
  if (exitCode !== 0) throw new Error(`${words.join(' ')}: exit ${exitCode}\n${stdout}${stderr}`);
  return stdout;
}

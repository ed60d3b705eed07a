import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program to its end and gives what it printed. @throws Error with the end of its standard error */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, input, timeoutMs = 120_000 } = options;
  return new Promise((done, failed) => {
    const settings = { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 64 * 1024 ** 2 };
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      if (!error) return done(stdout);
      const why = stderr.trim().split('\n').slice(-8).join('\n');
      failed(new Error(`${program} ${args.slice(0, 4).join(' ')}: ${why || error.message}`));
    });
    child.stdin?.on('error', () => {}).end(input);
  });
}

export async function succeeds(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return await run(program, args, options).then(
    () => true,
    () => false,
  );
}

/** Asks until the answer is yes. @throws Error naming what did not come */
export async function until(what: string, timeoutMs: number, ask: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`${what}: not there after ${timeoutMs / 1000} s`);
    await sleep(100);
  }
}

/** Whether an address answers HTTP below 500. */
export async function answers(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.status < 500,
    () => false,
  );
}

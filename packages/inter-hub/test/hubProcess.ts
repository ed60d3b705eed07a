import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface HubProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** All it logged so far. */
  log(): string;
  /** @returns its exit code, or the signal that ended it */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** Starts the hub as a process of its own and waits until it says it is ready. @throws with its output if it ends before */
export async function startHub(env: Record<string, string>): Promise<HubProcess> {
  const child = spawn(process.execPath, [main, 'serve'], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      PORT: '0',
      HUB_DRAIN_MS: '200',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const port = await new Promise<number>((ready, failed) => {
    const read = (chunk: Buffer): void => {
      log += chunk;
      const found = /"port":(\d+)/.exec(log);
      if (found) ready(Number(found[1]));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => failed(new Error(`the hub ended with ${code}: ${log}`)));
  });
  return {
    child,
    url: `http://127.0.0.1:${port}`,
    log: () => log,
    end: async (signal) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code, by] = (await exited) as [number | null, string | null];
      return code ?? by ?? '';
    },
  };
}

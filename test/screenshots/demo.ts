import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../packages/railiance/bin/railiance.js', import.meta.url));
const demoTimeoutMs = 180_000;

/** What a demo that was kept left running. */
export interface KeptDemo {
  readonly hub: { readonly url: string; readonly link: string };
  /** State of railiance, for `RAILIANCE_HOME`. */
  readonly home: string;
  /** The probe's folder. */
  readonly probe: string;
  down(): Promise<void>;
}

/** Runs the demo to its end and keeps it: a hub with what real runs told it. @throws with its output where a promise broke */
export async function keptDemo(): Promise<KeptDemo> {
  const { stdout } = await run(process.execPath, [cli, 'demo', '--keep', '--json'], {
    timeout: demoTimeoutMs,
    maxBuffer: 64 * 2 ** 20,
  });
  const { kept } = JSON.parse(stdout) as { kept: Omit<KeptDemo, 'down' | 'probe'> & { root: string } };
  return {
    ...kept,
    probe: `${kept.root}/probe`,
    down: async () => {
      await run(process.execPath, [cli, 'local', 'down'], { env: { ...process.env, RAILIANCE_HOME: kept.home } });
      await rm(kept.root, { recursive: true, force: true });
    },
  };
}

/** A command of railiance in the probe's folder, over the demo's state. Resolves with its output, whatever its exit code. */
export function railiance({ home, probe }: KeptDemo, ...args: readonly string[]) {
  const env = { ...process.env, RAILIANCE_HOME: home };
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: probe, env, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}

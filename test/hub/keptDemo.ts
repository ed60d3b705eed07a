import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../packages/railiance/bin/railiance.js', import.meta.url));
const demoTimeoutMs = 480_000;
const commandTimeoutMs = 120_000;

/** What a demo that was kept left running. */
export interface KeptDemo {
  readonly hub: { readonly url: string; readonly link: string };
  /** State of railiance, for `RAILIANCE_HOME`. */
  readonly home: string;
  /** Folder of the apps, `probe` and `inter-hub`. */
  readonly root: string;
  down(): Promise<void>;
}

/** Runs the demo to its end and keeps it: a hub with what real runs told it. @throws with its output where a promise broke */
export async function keptDemo(): Promise<KeptDemo> {
  const { stdout } = await run(process.execPath, [cli, 'demo', '--keep', '--json'], {
    timeout: demoTimeoutMs,
    maxBuffer: 64 * 2 ** 20,
  });
  const { kept } = JSON.parse(stdout) as { kept: Omit<KeptDemo, 'down'> };
  return {
    ...kept,
    down: async () => {
      await run(process.execPath, [cli, 'local', 'down'], { env: { ...process.env, RAILIANCE_HOME: kept.home } });
      await rm(kept.root, { recursive: true, force: true });
    },
  };
}

/** A command of railiance in one of the demo's folders, over its state. Resolves with its output, whatever its exit code. */
export function railiance(
  { home, root }: KeptDemo,
  folder: 'probe' | 'inter-hub',
  ...words: readonly string[]
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const env = { ...process.env, RAILIANCE_HOME: home };
  const options = { cwd: join(root, folder), env, timeout: commandTimeoutMs, maxBuffer: 16 * 2 ** 20 };
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words], options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}

/** Commits what `edit` makes of a file of one of the demo's folders. */
export async function commit(
  { root }: KeptDemo,
  folder: 'probe' | 'inter-hub',
  file: string,
  edit: (text: string) => string,
): Promise<void> {
  const path = join(root, folder, file);
  await writeFile(path, edit(await readFile(path, 'utf8')));
  const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.org'];
  await run('git', [...identity, 'commit', '-qam', `Change ${file}`], { cwd: join(root, folder) });
}

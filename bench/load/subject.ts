import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const cli = join(root, 'packages/railiance/dist/main.js');

export interface Finished {
  readonly exitCode: number | null;
  readonly output: string;
}

export function finish(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

/** A state home and a copy of the app `steady` of their own, driven by the bundled command line as a person would. */
export interface Subject {
  readonly directory: string;
  readonly home: string;
  railiance(...args: string[]): Promise<Finished>;
  /** The one-line change: what the app answers with. */
  change(release: string): Promise<void>;
  remove(): Promise<void>;
}

export async function makeSubject(): Promise<Subject> {
  const base = await mkdtemp(join(tmpdir(), 'railiance-bench-'));
  const directory = join(base, 'steady');
  const home = join(base, 'home');
  await cp(join(root, 'bench/steady'), directory, { recursive: true });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  const env = { ...process.env, RAILIANCE_HOME: home, NO_COLOR: '1' };
  const railiance = (...args: string[]) =>
    finish(spawn(process.execPath, [cli, ...args], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  return {
    directory,
    home,
    railiance,
    change: (release) => writeFile(join(directory, 'src/change.ts'), `export const change = '${release}';\n`),
    remove: async () => {
      await railiance('local', 'down');
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** As `railiance`, where anything but success ends the benchmark with what was printed. */
export async function must(work: Promise<Finished>): Promise<string> {
  const { exitCode, output } = await work;
  if (exitCode !== 0) throw new Error(`exit ${exitCode}:\n${output}`);
  return output;
}

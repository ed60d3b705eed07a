import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { peer } from '../../packages/railiance/src/testing/peers.ts';
import { type Cost, measure } from '../push/measure.ts';
import { changeLine, writeApp } from './app.ts';

/** One app, and two programs that build it: each with a cache of its own, warm from a build before. */
export interface Arena {
  change(round: number): void;
  /** The command line as it is published. */
  ours(): Promise<Cost>;
  buildah(): Promise<Cost>;
  remove(): Promise<void>;
}

const run = promisify(execFile);
const railiance = new URL('../../packages/railiance/', import.meta.url).pathname;

export async function openArena(): Promise<Arena> {
  const directory = await mkdtemp(join(tmpdir(), 'railiance-bench-build-'));
  const at = (...path: string[]) => join(directory, ...path);
  await run('npm', ['run', 'build'], { cwd: railiance });
  await mkdir(at('app'));
  writeApp(at('app'));
  const git = (...args: string[]) =>
    run('git', ['-C', at('app'), '-c', 'user.name=x', '-c', 'user.email=x@y.test', ...args]);
  await git('init', '-q');
  await writeFile(at('app', '.gitignore'), 'node_modules\n');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'bench');

  await writeFile(at('containers.conf'), '[engine]\nruntime = "runc"\n');
  const env = { CONTAINERS_CONF: at('containers.conf'), RAILIANCE_HOME: at('home') };
  const buildah = [peer('buildah'), '--root', at('storage'), '--runroot', at('run'), 'bud', '--layers', '--quiet'];
  await mkdir(at('base'));
  await copyFile(process.execPath, at('base', 'node'));
  await writeFile(at('base', 'Dockerfile'), 'FROM scratch\nCOPY node /usr/local/bin/node\n');
  await run(buildah[0] ?? '', [...buildah.slice(1), '--tag', 'localhost/bench-base', at('base')], {
    env: { ...process.env, ...env },
  });
  return {
    change: (round) => changeLine(at('app'), round),
    ours: () => measure([process.execPath, join(railiance, 'dist/main.js'), 'build', at('app')], env),
    buildah: () => measure([...buildah, '--tag', 'localhost/bench', at('app')], env),
    remove: async () => {
      // What buildah keeps belongs to users that only it may act for.
      await run(peer('buildah'), ['--root', at('storage'), '--runroot', at('run'), 'rmi', '--all', '--force']);
      await run('chmod', ['-R', 'u+w', directory]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

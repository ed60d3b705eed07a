import { spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { down } from './src/down.ts';
import { openLab } from './src/lab.ts';
import { status } from './src/status.ts';
import { labPath } from './src/supplies/supplies.ts';
import { up } from './src/up.ts';

/**
 * Runs the `*.lab.ts` tests, all or those named by their path, against a real cluster: the one that KUBECONFIG names, else
 * the lab, which is brought up for it and, if it was not there before, taken down again.
 */
const root = fileURLToPath(new URL('..', import.meta.url));

async function tests(names: readonly string[]): Promise<number> {
  const found: string[] = [];
  for await (const path of glob(['packages/*/src/**/*.lab.ts', 'lab/src/**/*.lab.ts'], { cwd: root })) found.push(path);
  const chosen = found.sort().filter((path) => names.length === 0 || names.some((name) => path.includes(name)));
  if (chosen.length === 0) throw new Error(`no test is named ${names.join(', ')}; there are ${found.join(', ')}`);
  const args = ['--test', '--test-concurrency=1', '--test-timeout=600000', ...chosen];
  if (process.env.KUBECONFIG) return await nodeTest(args, {});
  const lab = await openLab();
  const wasUp = (await status(lab)).up;
  await up(lab, (line) => console.error(`lab: ${line}`));
  try {
    const { registry, web, websecure } = lab.addresses;
    return await nodeTest(args, {
      KUBECONFIG: lab.kubeconfig,
      RAILIANCE_LAB_REGISTRY: registry,
      RAILIANCE_LAB_HTTP: web,
      RAILIANCE_LAB_HTTPS: websecure,
      PATH: `${labPath(lab)}:${process.env.PATH}`,
    });
  } finally {
    if (!wasUp) await down(lab);
  }
}

function nodeTest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  // The terminal's Ctrl-C reaches the tests as well; this process stays to take the lab down after them.
  process.on('SIGINT', () => {});
  return new Promise((done, failed) => child.once('error', failed).once('exit', (code) => done(code ?? 1)));
}

process.exitCode = await tests(process.argv.slice(2));

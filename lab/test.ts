import { spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { down } from './src/down.ts';
import { openLab } from './src/lab.ts';
import { pki } from './src/pki.ts';
import { status } from './src/status.ts';
import { labPath } from './src/supplies/supplies.ts';
import { up } from './src/up.ts';

/**
 * Runs the `*.lab.ts` tests, all or those named by their path, against a real cluster: the one that KUBECONFIG names, else
 * the lab, which is brought up for it and, if it was not there before, taken down again. With `--full` loops are not sampled.
 */
const root = fileURLToPath(new URL('..', import.meta.url));

async function tests(words: readonly string[]): Promise<number> {
  const names = words.filter((word) => word !== '--full');
  const given = {
    // The command line is started hundreds of times.
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'),
    ...(words.includes('--full') && { RAILIANCE_LAB_FULL: '1' }),
  };
  const found: string[] = [];
  for await (const path of glob(['packages/*/src/**/*.lab.ts', 'lab/src/**/*.lab.ts'], { cwd: root })) found.push(path);
  const chosen = found.sort().filter((path) => names.length === 0 || names.some((name) => path.includes(name)));
  if (chosen.length === 0) throw new Error(`no test is named ${names.join(', ')}; there are ${found.join(', ')}`);
  const args = ['--test', '--test-concurrency=1', '--test-timeout=3600000', ...chosen];
  if (process.env.KUBECONFIG) return await nodeTest(args, given);
  const lab = await openLab();
  const wasUp = (await status(lab)).up;
  await up(lab, (line) => console.error(`lab: ${line}`));
  try {
    const { registry, web, websecure, etcd } = lab.addresses;
    return await nodeTest(args, {
      ...given,
      KUBECONFIG: lab.kubeconfig,
      // Who asks Traefik by TLS trusts the lab's own authority.
      NODE_EXTRA_CA_CERTS: pki(lab, 'ca.crt'),
      RAILIANCE_LAB_RESTART: `'${process.execPath}' '${join(root, 'lab/main.ts')}' restart`,
      RAILIANCE_LAB_NODE: 'here',
      RAILIANCE_LAB_ETCD: etcd,
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

import { mkdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Home } from '../../config/home.ts';
import { Secret } from '../../domain/secret.ts';
import type { HubAddress } from '../../events/hub/hubAddress.ts';
import type { Environment } from '../output/terminal.ts';

// Beside this folder in the checkout, and beside its chunk in the bundle.
const program = import.meta.url.endsWith('.ts') ? '../main.ts' : './main.js';

/** Idle memory over throughput: it waits most of the time. */
const memoryOptions = ['--max-semi-space-size=2', '--max-old-space-size=128'];
const passedOn = ['XDG_RUNTIME_DIR', 'NODE_EXTRA_CA_CERTS', 'KUBECONFIG'];
const longestLogBytes = 1 << 20;

/**
 * Starts `railiance events flush --follow` in the background: it outlives this process, however that ends. Where one is at
 * work for this hub already, the new one sees that and ends.
 */
export async function startSender(home: Home, env: Environment, { key }: HubAddress): Promise<void> {
  const { startDaemon } = await import('../../exec/daemon.ts');
  await mkdir(home.hub, { recursive: true, mode: 0o700 });
  const logFile = join(home.hub, 'sender.log');
  await keepShort(logFile);
  const keyName = key.startsWith('env:') ? key.slice('env:'.length) : undefined;
  const keyValue = keyName === undefined ? undefined : env[keyName];
  const own = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  await startDaemon({
    argv: [process.execPath, ...memoryOptions, fileURLToPath(new URL(program, import.meta.url)), ...flushArguments],
    env: {
      ...Object.fromEntries(own),
      RAILIANCE_HOME: home.root,
      ...(keyName !== undefined && keyValue !== undefined && { [keyName]: new Secret(keyValue) }),
    },
    cwd: home.hub,
    logFile,
  });
}

const flushArguments = ['events', 'flush', '--follow', '--json'];

async function keepShort(file: string): Promise<void> {
  const sizeBytes = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (sizeBytes > longestLogBytes) await truncate(file, 0);
}

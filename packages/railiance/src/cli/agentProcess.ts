import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Home } from '../config/home.ts';
import { guardArgv } from '../engines/local/guard.ts';
import type { Environment } from './output/terminal.ts';

// Beside this file in the checkout, and beside its chunk in the bundle.
const entry = import.meta.url.endsWith('.ts') ? './agentMain.ts' : './agentMain.js';

/** Idle memory over throughput: the agent mostly waits, and shares its machine with the apps. */
const memoryOptions = ['--max-semi-space-size=2', '--max-old-space-size=256'];

/** Passed on to the agent, beside the minimal environment that every program gets. */
const passedOn = [
  ...['RAILIANCE_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR', 'DOCKER_HOST', 'CONTAINER_HOST'],
  'NODE_COMPILE_CACHE',
];

/** Starts the agent of a home in the background, under its guard. */
export async function startAgent(home: Home, env: Environment, port: number | undefined): Promise<void> {
  const { startDaemon } = await import('../exec/daemon.ts');
  await mkdir(home.agent, { recursive: true, mode: 0o700 });
  const options = port === undefined ? [] : ['--port', String(port)];
  const own = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  await startDaemon({
    argv: guardArgv([process.execPath, ...memoryOptions, fileURLToPath(new URL(entry, import.meta.url)), ...options]),
    env: { ...Object.fromEntries(own), RAILIANCE_HOME: home.root },
    cwd: home.agent,
    logFile: join(home.agent, 'agent.log'),
  });
}

// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { startProgram } from './peerRegistries/program.ts';
import { peer } from './peers.ts';

const run = promisify(execFile);

export interface DockerEngine {
  /** What a client needs to find this engine, and Debian's client before any other. */
  readonly env: { readonly DOCKER_HOST: string; readonly PATH: string };
  stop(): Promise<void>;
}

/**
 * Debian's docker engine, with folders and a socket of its own; for root.
 * @param network `host`: containers may only have this machine's network. `own`: the engine lives in a network namespace
 *   that ends with it, where it may make the bridge that RUN lines of a Dockerfile want.
 */
export async function startDockerEngine(network: 'host' | 'own'): Promise<DockerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-docker-'));
  const file = (name: string) => join(folder, name);
  const socket = `unix://${file('socket')}`;
  const program = await startProgram({
    argv: [
      ...(network === 'own' ? (['unshare', '--net', '--'] as const) : []),
      ...[peer('dockerd'), '--host', socket, '--data-root', file('data'), '--exec-root', file('exec')],
      ...['--pidfile', file('pid'), '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
      ...(network === 'host' ? ['--bridge=none'] : []),
    ] as [string, ...string[]],
    env: {},
    logFile: file('log'),
    ready: () => answers(file('socket')),
  });
  return {
    env: { DOCKER_HOST: socket, PATH: `${dirname(peer('docker'))}:${process.env.PATH ?? ''}` },
    stop: async () => {
      await program.stop('SIGTERM');
      // What the engine holds its containers' networks by stays mounted behind it.
      await run('umount', ['--lazy', file('exec/netns/default')]).catch(() => undefined);
      await rm(folder, { recursive: true });
    },
  };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once('error', () => resolve(false));
    asked.end();
  });
}

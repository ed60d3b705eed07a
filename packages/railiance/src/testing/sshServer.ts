// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { SshOptions, SshTarget } from '../exec/ssh/target.ts';
import { accepts, freePort, startProgram } from './peerRegistries/program.ts';
import { peer } from './peers.ts';

const run = promisify(execFile);

export interface SshServer {
  readonly target: Required<SshTarget>;
  readonly options: SshOptions;
  /** File of the keys that the client takes for this server. */
  readonly knownHosts: string;
  stop(): Promise<void>;
}

/**
 * Debian's OpenSSH server on a free port of the loopback, with its own configuration and keys, for the user that runs the
 * tests. Programs find there the PATH of this process, and `env`.
 */
export async function startSshServer(env: Readonly<Record<string, string>> = {}): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-sshd-'));
  const port = await freePort();
  const file = (name: string) => join(folder, name);
  for (const name of ['host_key', 'user_key'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
  const publicKey = await readFile(file('user_key.pub'));
  await writeFile(file('authorized_keys'), publicKey, { mode: 0o600 });
  const hostKey = await readFile(file('host_key.pub'), 'utf8');
  await writeFile(file('known_hosts'), `[127.0.0.1]:${port} ${hostKey}`);
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host_key')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `PidFile ${file('pid')}`,
    `SetEnv ${Object.entries({ PATH: process.env.PATH ?? '', ...env })
      .map(([name, value]) => `"${name}=${value}"`)
      .join(' ')}`,
    ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
  ];
  await writeFile(file('sshd_config'), `${settings.join('\n')}\n`);
  await writeFile(file('ssh_config'), `UserKnownHostsFile ${file('known_hosts')}\nGlobalKnownHostsFile /dev/null\n`);
  // Where root's server locks its unprivileged half up.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const argv = [peer('sshd'), '-D', '-e', '-f', file('sshd_config')] as const;
  const ready = () => accepts(port);
  const program = await startProgram({ argv, env: {}, logFile: file('log'), ready });
  return {
    target: { host: '127.0.0.1', user: userInfo().username, port, key: file('user_key') },
    options: { configFile: file('ssh_config') },
    knownHosts: file('known_hosts'),
    stop: async () => {
      await program.stop();
      await rm(folder, { recursive: true });
    },
  };
}

import { homedir } from 'node:os';

import { exitCodes, Failure } from '../../domain/failure.ts';

/** A machine that OpenSSH reaches; what is absent is as the user's SSH configuration says. */
export interface SshTarget {
  /** Alias of `~/.ssh/config`, or an address. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** File of the private key; `~` is the home directory. */
  readonly key?: string;
}

export interface SshOptions {
  /** Configuration in place of `~/.ssh/config`. */
  readonly configFile?: string;
}

const hostPattern = /^[a-zA-Z0-9_[][a-zA-Z0-9_.:%[\]-]{0,252}$/;
const userPattern = /^[a-zA-Z0-9_][a-zA-Z0-9_.@\\-]{0,63}$/;

/** Our own wishes beside the user's configuration; none of them comes from data. */
const settings = {
  // Nobody is there to type a password, or a yes to a new host.
  BatchMode: 'yes',
  StrictHostKeyChecking: 'yes',
  UpdateHostKeys: 'no',
  ConnectTimeout: '10',
  ServerAliveInterval: '15',
  ServerAliveCountMax: '4',
  ClearAllForwardings: 'yes',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  PermitLocalCommand: 'no',
  RemoteCommand: 'none',
  RequestTTY: 'no',
  LogLevel: 'ERROR',
} as const;

/**
 * The command line that runs `remote`, a text for the login shell there, on that machine.
 * @throws Failure (invalid input) for a host or user that OpenSSH could take for an option
 */
export function sshArgv(target: SshTarget, remote: string, { configFile }: SshOptions = {}): [string, ...string[]] {
  const { host, user, port, key } = checked(target);
  return [
    'ssh',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...Object.entries(settings).map(([name, value]) => `-o${name}=${value}`),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    // Otherwise an agent with many keys uses up the tries that the server allows.
    ...(key === undefined ? [] : ['-oIdentitiesOnly=yes', '-i', key.replace(/^~(?=\/)/, homedir())]),
    '--',
    host,
    remote,
  ];
}

function checked(target: SshTarget): SshTarget {
  const { host, user, port, key } = target;
  const refuse = (what: string, value: unknown) =>
    new Failure('reach a node by SSH', `${JSON.stringify(value)} is not ${what}`, {
      hint: 'correct [nodes.<name>] ssh in blueprint.toml',
      exitCode: exitCodes.invalidInput,
    });
  if (!hostPattern.test(host)) throw refuse('a host', host);
  if (user !== undefined && !userPattern.test(user)) throw refuse('a user name', user);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw refuse('a port', port);
  if (key !== undefined && (key.startsWith('-') || /\p{Cc}/u.test(key))) throw refuse('a file', key);
  return target;
}

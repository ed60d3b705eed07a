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
  /** Socket of a connection that is open already; without it, or where it has ended, each command opens its own. */
  readonly controlPath?: string;
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
export function sshArgv(target: SshTarget, remote: string, options: SshOptions = {}): [string, ...string[]] {
  const { controlPath } = options;
  // Not `auto`: a command that outlives its connection must not become the one that others go through.
  const shared = controlPath === undefined ? {} : { ControlMaster: 'no', ControlPath: controlPath };
  return [...client(target, { ...settings, ...shared }, options), '--', target.host, remote];
}

type Shared = SshOptions & { readonly controlPath: string };

/** The command line that keeps a connection open for others, and ends with it. */
export function sshMasterArgv(target: SshTarget, options: Shared): [string, ...string[]] {
  const own = {
    ...{ ControlMaster: 'yes', ControlPath: options.controlPath, ControlPersist: 'no', StreamLocalBindMask: '0177' },
    // A connection that is gone is noticed within 15 s. `INFO` tells of addresses that cannot be reached from there.
    ...{ ServerAliveInterval: '5', ServerAliveCountMax: '3', LogLevel: 'INFO' },
  };
  return [...client(target, { ...settings, ...own }, options), '-N', '--', target.host];
}

/** The command line that has an open connection lead `socket:host:port`, a socket of this machine, to that address. */
export function sshForwardArgv(target: SshTarget, forward: string, options: Shared): [string, ...string[]] {
  const { ClearAllForwardings: _, ...rest } = settings;
  const argv = client(target, { ...rest, ControlPath: options.controlPath }, options);
  return [...argv, '-O', 'forward', '-L', forward, '--', target.host];
}

function client(
  target: SshTarget,
  wishes: Readonly<Record<string, string>>,
  { configFile }: SshOptions,
): [string, ...string[]] {
  const { user, port, key } = checked(target);
  return [
    'ssh',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...Object.entries(wishes).map(([name, value]) => `-o${name}=${value}`),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    // Otherwise an agent with many keys uses up the tries that the server allows.
    ...(key === undefined ? [] : ['-oIdentitiesOnly=yes', '-i', key.replace(/^~(?=\/)/, homedir())]),
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

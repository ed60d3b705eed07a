import { exitCodes, Failure, type FailureOptions } from '../../domain/failure.ts';
import { quoted } from './remoteScript.ts';
import type { SshTarget } from './target.ts';

interface Reason {
  /** In what the client writes; its words have not changed in twenty years, and scripts rely on them. */
  readonly sign: RegExp;
  problem(stderr: string): string;
  hint(target: SshTarget): string;
  readonly exitCode?: FailureOptions['exitCode'];
}

const lastLine = (stderr: string) => stderr.trim().split('\n').at(-1) ?? '';

const reasons: readonly Reason[] = [
  {
    sign: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key .*revoked|differs from the key for the IP/i,
    problem: () => 'its host key is not the one that is known: another machine may answer in its place',
    hint: ({ host, port }) =>
      `ask whoever runs it for its new key; then \`ssh-keygen -R ${quoted(knownName(host, port))}\` forgets the old one`,
    exitCode: exitCodes.refused,
  },
  {
    sign: /Host key verification failed|No .*host key is known/i,
    problem: () => 'its host key is not known here',
    hint: (target) => `\`${sshLine(target)}\` shows it; compare it before you say yes`,
    exitCode: exitCodes.refused,
  },
  {
    sign: /Permission denied|Too many authentication failures/i,
    problem: () => 'it accepts none of the keys offered',
    hint: (target) => `\`${sshLine(target)} true\` must work without a password`,
  },
  {
    sign: /Could not resolve hostname|Connection (refused|timed out|closed|reset)|No route to host|kex_exchange|Network is unreachable|Timeout, server|Broken pipe|^ssh: /im,
    problem: lastLine,
    hint: (target) => `\`${sshLine(target)} true\` must work`,
  },
];

/** Why the client could not run the command; undefined where it was the command itself that ended with 255. */
export function connectionFailure(name: string, target: SshTarget, stderr: string): Failure | undefined {
  const reason = reasons.find(({ sign }) => sign.test(stderr));
  if (reason === undefined) return undefined;
  return new Failure(`reach ${name} by SSH`, reason.problem(stderr), {
    hint: reason.hint(target),
    exitCode: reason.exitCode ?? exitCodes.dependencyMissing,
  });
}

function sshLine({ host, user, port, key }: SshTarget): string {
  const options = [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(key === undefined ? [] : ['-i', key]),
  ];
  return ['ssh', ...options, host].map(quoted).join(' ');
}

/** As known_hosts has it. */
function knownName(host: string, port: number | undefined): string {
  return port === undefined || port === 22 ? host : `[${host}]:${port}`;
}

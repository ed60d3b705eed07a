import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Command, CommandResult, Exec } from '../exec.ts';
import { connectionFailure } from './connectionFailure.ts';
import { noFolder, notThere, remoteScript, sessionSign } from './remoteScript.ts';
import { type SshOptions, type SshTarget, sshArgv } from './target.ts';

/** Of this process, what OpenSSH needs to find the user's agent and name. */
const passedOn = ['SSH_AUTH_SOCK', 'USER', 'LOGNAME'] as const;

const sessionLine = new RegExp(`^${sessionSign}(\\d+)\n`, 'm');
const stopTimeoutMs = 15_000;

export interface SshExecOptions extends SshOptions {
  /** For messages. */
  readonly name?: string;
}

/**
 * Runs programs on another machine through the user's own OpenSSH client, with the environment of a login there. What is
 * stopped here is stopped there too, with all that it started.
 * @throws Failure (exit code 6) where the machine is not reached; (exit code 4) where it is not the one it was
 */
export function createSshExec(
  target: SshTarget,
  local: Exec,
  { name = target.host, ...options }: SshExecOptions = {},
): Exec {
  const stopThere = (session: number) => {
    const kill = (signal: string) => `kill -s ${signal} -- -${session}`;
    const remote = `sh -c '${kill('TERM')}; sleep 2; ${kill('KILL')}' >/dev/null 2>&1`;
    return local.run({ argv: sshArgv(target, remote, options), env: clientEnvironment(), timeoutMs: stopTimeoutMs });
  };
  return {
    async run(command) {
      const { remote, prelude } = remoteScript(command);
      const session = sessionReader(command.onLine);
      const { cwd: _, ...rest } = command;
      const result = await local.run({
        ...rest,
        argv: sshArgv(target, remote, options),
        env: clientEnvironment(),
        input: withInput(prelude, command.input),
        onLine: (line, stream) => session.onLine(line, stream),
      });
      const told = { ...result, stderr: result.stderr.replace(sessionLine, '') };
      if (result.timedOut || command.signal?.aborted) {
        if (session.id !== undefined) await stopThere(session.id);
        // The client answers SIGTERM with an exit code.
        return { ...told, exitCode: null, signal: result.signal ?? 'SIGTERM' };
      }
      throwIfNotRun(told, command, name, target);
      return told;
    },
  };
}

/** Hands lines on, and keeps the one that is ours. sshd makes each command the leader of a session of its own. */
function sessionReader(onLine: Command['onLine']) {
  return {
    id: undefined as number | undefined,
    onLine(line: string, stream: 'stdout' | 'stderr') {
      const number = stream === 'stderr' ? sessionLine.exec(`${line}\n`)?.[1] : undefined;
      if (number === undefined || this.id !== undefined) onLine?.(line, stream);
      else this.id = Number(number);
    },
  };
}

/** For every OpenSSH client that is started here. */
export function clientEnvironment(): Record<string, string> {
  return Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function* withInput(prelude: Uint8Array, input: Command['input']): AsyncGenerator<Uint8Array> {
  yield prelude;
  if (input === undefined) return;
  if (typeof input === 'string') yield Buffer.from(input);
  else if (input instanceof Uint8Array) yield input;
  else yield* input;
}

function throwIfNotRun({ exitCode, stderr }: CommandResult, { argv, cwd }: Command, name: string, target: SshTarget) {
  const [program] = argv;
  if (exitCode === 255) {
    const failure = connectionFailure(name, target, stderr);
    if (failure !== undefined) throw failure;
  }
  if (exitCode === notThere.exitCode && stderr.includes(notThere.sign)) {
    const where = /in PATH \(.*\)/.exec(stderr)?.[0] ?? '';
    throw new Failure(`run ${JSON.stringify(program)} on ${name}`, `there is no such program ${where}`.trim(), {
      hint: `install ${program} on ${name}, or add its folder to PATH there`,
      exitCode: exitCodes.dependencyMissing,
    });
  }
  if (exitCode === noFolder.exitCode && stderr.includes(noFolder.sign)) {
    throw new Failure(`run ${JSON.stringify(program)} on ${name}`, `the folder ${cwd} does not exist there`, {
      exitCode: exitCodes.dependencyMissing,
    });
  }
}

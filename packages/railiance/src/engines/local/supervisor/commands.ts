import { randomUUID } from 'node:crypto';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { Secrets } from '../../../domain/secret.ts';
import { createRedactor } from '../../../exec/redact.ts';
import type { TaskResult, TaskSpec } from '../../engine.ts';
import { type Launch, launch } from '../instances/launch.ts';
import { exitWithin, terminate } from '../instances/terminate.ts';
import type { InstanceTools } from '../instances/tools.ts';
import type { Exit, RuntimeSpec } from '../runtimes/runtime.ts';
import { assertInstanceId } from './instanceId.ts';
import type { Caller, Supervisor } from './supervisor.ts';

const keptLines = 200;
/** For a task that has had its time: long enough to roll a transaction back. */
const taskStopMs = 5_000;

/** Runs one command in an image to its end. It dies with its caller. */
export async function runTask(
  spec: TaskSpec,
  caller: Caller,
  supervisor: Supervisor,
  tools: InstanceTools,
  onLine: (line: string) => void,
): Promise<TaskResult> {
  assertInstanceId(spec.id);
  const entry = await supervisor.admit(spec, caller.fencing);
  return entry.during(caller.fencing, caller.signal, async (signal) => {
    const began = tools.clock.elapsedMs();
    const secrets = await tools.secrets.get(spec, spec.secretsVersion);
    const redact = redactorOf(secrets);
    const lines: string[] = [];
    const { id, app, stage, artifact, layoutDir, run, command } = spec;
    const launched = await launch(
      {
        launchId: `${id}.${randomUUID().slice(0, 8)}`,
        ...{ app, stage, artifact, layoutDir, run, command, secrets, labels: {} },
        onLine: (text) => {
          const line = redact(text);
          lines.push(line);
          if (lines.length > keptLines) lines.shift();
          onLine(line);
        },
      },
      tools,
    );
    const { exit, timedOut } = await endOf(launched, spec.timeoutMs, signal, tools);
    const { exitCode, signal: endSignal } = exit;
    return { exitCode, signal: endSignal, timedOut, lines, durationMs: Math.round(tools.clock.elapsedMs() - began) };
  });
}

async function endOf(launched: Launch, timeoutMs: number, signal: AbortSignal, { clock }: InstanceTools) {
  try {
    const exit = await exitOrAbort(launched, timeoutMs, signal, clock);
    if (exit) return { exit, timedOut: false };
    return { exit: await terminate(launched.process, taskStopMs, clock), timedOut: true };
  } catch (error) {
    await terminate(launched.process, 0, clock);
    throw error;
  } finally {
    await launched.dispose();
  }
}

/** Undefined when the time is up. @throws the signal's reason when aborted */
async function exitOrAbort(
  { process }: Launch,
  timeoutMs: number,
  signal: AbortSignal,
  clock: InstanceTools['clock'],
): Promise<Exit | undefined> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([exitWithin(process, timeoutMs, clock), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Runs a command beside the active instance, with its environment. Streams go to the caller as they are. */
export async function runBeside(
  target: Target,
  command: readonly string[],
  streams: Required<Pick<RuntimeSpec, 'stdin' | 'onBytes'>>,
  signal: AbortSignal,
  supervisor: Supervisor,
  tools: InstanceTools,
): Promise<number> {
  const active = supervisor.entry(target).active;
  if (!active) {
    throw new Failure(`run a command beside ${targetLabel(target)}`, 'it has no active instance', {
      hint: 'railiance deploy',
      exitCode: exitCodes.dependencyMissing,
    });
  }
  const { id, app, stage, artifact, layoutDir, run, labels, secretsVersion } = active.spec;
  const launched = await launch(
    {
      launchId: `${id}.exec-${randomUUID().slice(0, 8)}`,
      ...{ app, stage, artifact, layoutDir, run, labels, command, streams },
      secrets: await tools.secrets.get(target, secretsVersion),
      ...(active.port === undefined ? {} : { port: active.port }),
    },
    tools,
  );
  const { exit } = await endOf(launched, Number.POSITIVE_INFINITY, signal, tools);
  return exit.exitCode ?? 128;
}

function redactorOf(secrets: Secrets): (text: string) => string {
  return createRedactor(Object.values(secrets).map((secret) => secret.reveal()));
}

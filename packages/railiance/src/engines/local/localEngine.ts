import { mkdir } from 'node:fs/promises';

import type { Home } from '../../config/home.ts';
import { makeStateFolder } from '../../config/stateFolder.ts';
import type { Clock } from '../../domain/clock.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Progress, silent } from '../../domain/progress.ts';
import { defineEngine, type Engine, type ExecStreams } from '../engine.ts';
import type { AgentStatus } from './agentStatus.ts';
import { type ControlClient, createControlClient, isUnreachable } from './control/client.ts';
import type { OutputChunk } from './control/methods.ts';
import { currentUid, socketPathOf } from './control/socketPath.ts';
import { followLogs } from './followLogs.ts';
import { clearStartFailure, readStartFailure } from './state/startFailure.ts';

export interface LocalEngineOptions {
  readonly home: Home;
  /** Starts the agent's process in the background; resolves when it was started, not when it is ready. */
  readonly startAgent: (port?: number) => Promise<void>;
  readonly clock: Clock;
}

/** The engine of this machine, as a client of its agent. */
export interface LocalEngine extends Engine {
  /**
   * Starts the agent if it does not run. Idempotent.
   * @throws Failure where it cannot start, or runs on another port than the one asked for
   */
  up(progress: Progress, port?: number): Promise<AgentStatus>;
  /** Stops every instance, every service and the agent. False where none ran. */
  down(): Promise<boolean>;
  /** Undefined where no agent runs. */
  agentStatus(): Promise<AgentStatus | undefined>;
  /** Has the agent start one of its services, and keep it running from now on. */
  ensureService(name: string): Promise<void>;
}

/** Starting what was active before does not count: it goes on behind an agent that answers. */
const startTimeoutMs = 20_000;
const intervalMs = 20;

export function createLocalEngine({ home, startAgent, clock }: LocalEngineOptions): LocalEngine {
  const client = createControlClient(socketPathOf(home.agent, currentUid()));
  const agentStatus = () => client.call('agent', null).catch(undefinedIfUnreachable);

  const up = async (progress: Progress, port?: number): Promise<AgentStatus> => {
    const running = await agentStatus();
    if (running) return assertPort(running, port);
    await makeStateFolder(home.root);
    progress({ kind: 'note', text: 'starting the local agent' });
    await mkdir(home.agent, { recursive: true, mode: 0o700 });
    await clearStartFailure(home.agent);
    await startAgent(port);
    return untilUp(home.agent, agentStatus, clock);
  };

  const engine = defineEngine({
    name: 'local',
    ensure: async (progress) => void (await up(progress)),
    check: async (run, image) => {
      const answer = await client.call('check', { run, image }).catch(undefinedIfUnreachable);
      if (answer) return answer;
      const summary = 'the agent does not run';
      return [{ name: 'agent', verdict: 'fail', summary, hint: 'railiance local up', durationMs: 0 }];
    },
    status: ({ app, stage }) => client.call('status', { app, stage }),
    targets: () => client.call('targets', null),
    route: ({ app, stage }) => client.call('route', { app, stage }),
    start: (spec, { fencing, signal }) => client.call('start', { spec, fencing }, { signal }),
    activate: async ({ app, stage }, id, { fencing, signal }) => {
      await client.call('activate', { target: { app, stage }, id, fencing }, { signal });
    },
    retire: ({ app, stage }, id, { fencing, signal }) =>
      client.call('retire', { target: { app, stage }, id, fencing }, { signal }),
    task: (spec, { fencing, signal, progress }) => client.call('task', { spec, fencing }, { signal, onItem: progress }),
    evidence: ({ app, stage }, id) => client.call('evidence', { target: { app, stage }, id }),
    logs: ({ app, stage }, options) => followLogs(client, { app, stage }, options),
    exec: ({ app, stage }, command, streams) => execute(client, { target: { app, stage }, command }, streams),
  });

  return {
    ...engine,
    up,
    agentStatus,
    down: async () => {
      const found = await client.call('down', null).then(() => true, falseIfUnreachable);
      // The socket goes last; whoever starts an agent now must not meet the old one.
      while (found && (await agentStatus().catch(() => true))) await clock.sleep(intervalMs);
      return found;
    },
    ensureService: async (name) => {
      await up(silent);
      await client.call('service', { name });
    },
  };
}

function assertPort(running: AgentStatus, port: number | undefined): AgentStatus {
  if (!port || running.port === port) return running;
  throw new Failure('start the local agent', `it runs already, on port ${running.port}`, {
    hint: `railiance local down, then railiance local up --port ${port}`,
    exitCode: exitCodes.invalidInput,
  });
}

async function untilUp(agentDir: string, ask: () => Promise<AgentStatus | undefined>, clock: Clock) {
  const began = clock.elapsedMs();
  while (clock.elapsedMs() - began < startTimeoutMs) {
    const status = await ask();
    if (status) return status;
    const failure = await readStartFailure(agentDir);
    if (failure) throw failure;
    await clock.sleep(intervalMs);
  }
  throw new Failure('start the local agent', `it did not answer within ${startTimeoutMs / 1000} s`, {
    hint: `its log is in ${agentDir}`,
    exitCode: exitCodes.dependencyMissing,
  });
}

function execute(
  client: ControlClient,
  args: { target: { app: string; stage: string }; command: readonly string[] },
  { stdin, stdout, stderr, signal }: ExecStreams,
): Promise<number> {
  const onItem = ({ stream, base64 }: OutputChunk) => {
    (stream === 'stdout' ? stdout : stderr)(Buffer.from(base64, 'base64'));
  };
  return client.call('exec', args, { input: stdin, signal, onItem });
}

function undefinedIfUnreachable(error: unknown): undefined {
  if (!isUnreachable(error)) throw error;
}

function falseIfUnreachable(error: unknown): false {
  if (!isUnreachable(error)) throw error;
  return false;
}

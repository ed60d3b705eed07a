import { join } from 'node:path';

import type { Home } from '../../config/home.ts';
import type { Clock } from '../../domain/clock.ts';
import type { SecretStore } from '../../secrets/secretStore.ts';
import type { AgentService } from './agentService.ts';
import type { AgentStatus, ReportedRuntime } from './agentStatus.ts';
import { openControlServer } from './control/server.ts';
import { currentUid, socketPathOf } from './control/socketPath.ts';
import { createHandlers } from './handlers.ts';
import { reapLeftovers } from './instances/leftovers.ts';
import { createPorts } from './instances/ports.ts';
import { createRuntimeChoice, type SurveyedRuntime } from './instances/runtimeChoice.ts';
import type { InstanceTools } from './instances/tools.ts';
import { publicHost, urlOf } from './router/hostNames.ts';
import { openRouter, type Router } from './router/router.ts';
import type { Runtime } from './runtimes/runtime.ts';
import { keepServices } from './services.ts';
import { takeAgentLock } from './state/agentLock.ts';
import { type AgentStateFile, openAgentState } from './state/agentState.ts';
import { clearStartFailure, recordStartFailure } from './state/startFailure.ts';
import { resolveHost } from './supervisor/resolve.ts';
import { Supervisor } from './supervisor/supervisor.ts';

export interface AgentOptions {
  readonly home: Home;
  /** Of the router. Absent or 0: the one it had before, else 8080 or any free one. */
  readonly port?: number;
  /** Of railiance, to be told in its status. */
  readonly version: string;
  /** In order of preference. */
  readonly runtimes: readonly Runtime[];
  readonly secrets: SecretStore;
  readonly services: readonly AgentService[];
  readonly clock: Clock;
  /** The agent's own log, one line each. */
  readonly log: (line: string) => void;
}

export interface Agent {
  readonly port: number;
  /** Stops instances, then services; what was active stays wanted and comes back with the next agent. */
  stop(): Promise<void>;
  /** Resolves when it has stopped, by whoever asked for it. */
  readonly closed: Promise<void>;
}

const defaultPort = 8080;

/**
 * Supervises the instances of one home and routes to them, until it is stopped. What an agent before it left running is
 * killed, and what was active is started again.
 * @throws Failure where another agent runs, the port is taken or the state is damaged; clients find it in the folder
 */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  const directory = options.home.agent;
  const lock = await takeAgentLock(directory);
  try {
    const state = await openAgentState(join(directory, 'state.json'));
    const agent = await openLocked(options, state, () => lock.release());
    await clearStartFailure(directory);
    return agent;
  } catch (error) {
    await recordStartFailure(directory, error);
    lock.release();
    throw error;
  }
}

async function openLocked(options: AgentOptions, state: AgentStateFile, release: () => void): Promise<Agent> {
  const { home, clock, log, runtimes } = options;
  let port = 0;
  const tools: InstanceTools = {
    ...{ home, clock, log, secrets: options.secrets, ports: createPorts() },
    runtimes: createRuntimeChoice(runtimes, clock),
    instancesDir: join(home.agent, 'instances'),
    logsDir: join(home.agent, 'logs'),
    publicUrl: (target) => urlOf(publicHost(target), port),
  };
  const supervisor = new Supervisor(tools, state, () => port);
  const resolve = (hostName: string) => resolveHost(hostName, supervisor, port);
  const router = await openRouter({ port: portOf(options.port, state.current.port), resolve });
  port = router.port;
  // Asked now, so that the first start need not wait for the answers.
  void tools.runtimes.survey();
  const needs = Promise.withResolvers<void>();
  supervisor.restore(needs.promise);
  try {
    await state.change((current) => ({ ...current, port }));
    const reaped = await reapLeftovers(tools.instancesDir, runtimes);
    if (reaped.length > 0) log(`removed what an agent before this one left: ${reaped.join(', ')}`);
    const services = keepServices(options.services, state.current.services, clock, log);
    void services.firstRound.then(needs.resolve);
    return await serve({ options, state, router, tools, supervisor, services, release });
  } catch (error) {
    router.close();
    throw error;
  }
}

interface Parts {
  readonly options: AgentOptions;
  readonly state: AgentStateFile;
  readonly router: Router;
  readonly tools: InstanceTools;
  readonly supervisor: Supervisor;
  readonly services: ReturnType<typeof keepServices>;
  readonly release: () => void;
}

/** Opens the socket, last: a client that gets through finds an agent that knows everything. */
async function serve({ options, state, router, tools, supervisor, services, release }: Parts): Promise<Agent> {
  const { home, version, clock, log } = options;
  const startedAt = clock.now().toISOString();
  const closed = Promise.withResolvers<void>();
  let stopped: Promise<void> | undefined;
  const stopWork = async () => {
    await supervisor.stopAll();
    await services.stop();
    router.close();
  };
  const finish = async () => {
    await control.close();
    release();
    closed.resolve();
  };
  const stop = () => {
    if (!stopped) {
      stopped = stopWork();
      stopped.then(finish, finish).catch(closed.reject);
    }
    return stopped;
  };
  const status = async (): Promise<AgentStatus> => ({
    ...{ version, nodeVersion: process.version, pid: process.pid, startedAt, port: router.port },
    memoryBytes: process.memoryUsage.rss(),
    runtimes: (await tools.runtimes.survey()).map(reportRuntime),
    services: await services.statuses(),
    targets: supervisor.targets().map((target) => ({ target, status: supervisor.status(target) })),
  });
  const wantService = (name: string) =>
    state.change((current) => ({ ...current, services: [...new Set([...current.services, name])] }));
  const isStopping = () => stopped !== undefined;
  const handlers = createHandlers({ tools, supervisor, services, status, wantService, stop, isStopping });
  const control = await openControlServer(socketPathOf(home.agent, currentUid()), handlers);
  log(`agent ${version} (process ${process.pid}) routes on port ${router.port}`);
  return { port: router.port, stop, closed: closed.promise };
}

function reportRuntime({ runtime, availability }: SurveyedRuntime): ReportedRuntime {
  const { name, caveats } = runtime;
  return availability.available
    ? { name, available: true, version: availability.version, caveats }
    : { name, available: false, why: availability.why, caveats };
}

function portOf(asked: number | undefined, kept: number | undefined): number {
  if (asked) return asked;
  return kept ?? (asked === 0 ? 0 : defaultPort);
}

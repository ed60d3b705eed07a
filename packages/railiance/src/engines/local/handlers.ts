import type { Readable } from 'node:stream';

import { Failure } from '../../domain/failure.ts';
import type { AgentStatus } from './agentStatus.ts';
import type { Handlers } from './control/methods.ts';
import type { InstanceTools } from './instances/tools.ts';
import type { Services } from './services.ts';
import { checkMachine } from './supervisor/check.ts';
import { runBeside, runTask } from './supervisor/commands.ts';
import { logLines } from './supervisor/logLines.ts';
import type { Supervisor } from './supervisor/supervisor.ts';

export interface AgentParts {
  readonly tools: InstanceTools;
  readonly supervisor: Supervisor;
  readonly services: Services;
  readonly status: () => Promise<AgentStatus>;
  /** Keeps a service among those that are started with the agent. */
  readonly wantService: (name: string) => Promise<void>;
  /** Everything but the socket that this is asked over. */
  readonly stop: () => Promise<void>;
  readonly isStopping: () => boolean;
}

/** What the agent answers to each method. */
export function createHandlers({
  tools,
  supervisor,
  services,
  status,
  wantService,
  stop,
  isStopping,
}: AgentParts): Handlers {
  const assertRunning = () => {
    if (isStopping()) throw new Failure('ask the local agent', 'it is stopping', { hint: 'railiance local up' });
  };
  return {
    agent: status,
    down: async () => {
      await stop();
      return null;
    },
    service: async ({ name }) => {
      assertRunning();
      await services.ensure(name);
      await wantService(name);
      return null;
    },
    check: ({ run, image }) => checkMachine(run, image, tools),
    status: async (target) => supervisor.status(target),
    targets: async () => supervisor.targets(),
    route: async (target) => supervisor.route(target),
    start: ({ spec, fencing }, { signal }) => {
      assertRunning();
      return supervisor.start(spec, { fencing, signal });
    },
    activate: async ({ target, id, fencing }, { signal }) => {
      assertRunning();
      await supervisor.activate(target, id, { fencing, signal });
      return null;
    },
    retire: ({ target, id, fencing }, { signal }) => supervisor.retire(target, id, { fencing, signal }),
    task: ({ spec, fencing }, { signal, send }) => {
      assertRunning();
      const onLine = dropWhenSlow((line: string) => send({ kind: 'log', source: spec.id, line }));
      return runTask(spec, { fencing, signal }, supervisor, tools, onLine);
    },
    evidence: ({ target, id }) => supervisor.evidence(target, id),
    logs: async ({ target, request }, { signal, send }) => {
      for await (const line of logLines(supervisor.entry(target), request, tools.logsDir, signal)) await send(line);
      return null;
    },
    exec: ({ target, command }, { signal, send, input }) => {
      assertRunning();
      const stdin = input as Readable;
      const onBytes = (chunk: Uint8Array, stream: 'stdout' | 'stderr') => {
        void send({ stream, base64: Buffer.from(chunk).toString('base64') }).catch(() => {});
      };
      return runBeside(target, command, { stdin, onBytes }, signal, supervisor, tools);
    },
  };
}

/** Lines on their way to a client at most; a client that reads slowly misses some, and the task goes on. */
const longestBacklog = 1_000;

function dropWhenSlow(send: (line: string) => Promise<void>): (line: string) => void {
  let onTheirWay = 0;
  return (line) => {
    if (onTheirWay >= longestBacklog) return;
    onTheirWay++;
    void send(line)
      .catch(() => {})
      .finally(() => {
        onTheirWay--;
      });
  };
}

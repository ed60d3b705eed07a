import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { homeAt } from '../../config/home.ts';
import { systemClock } from '../../domain/clock.ts';
import { silent } from '../../domain/progress.ts';
import { createMemorySecretStore } from '../../testing/memorySecretStore.ts';
import { type Agent, type AgentOptions, openAgent } from './agent.ts';
import type { AgentService } from './agentService.ts';
import { createLocalEngine } from './localEngine.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-agent-'));
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
});
after(() => rm(directory, { recursive: true, force: true }));

/** A home whose agent lives in this process and has no runtime. */
function homeOf(name: string, options: Partial<AgentOptions> = {}) {
  const home = homeAt({ RAILIANCE_HOME: join(directory, name) });
  const open = async (port = 0) => {
    const plain = { version: '1.2.3', runtimes: [], secrets: createMemorySecretStore(), services: [], log: () => {} };
    const agent = await openAgent({ ...plain, home, port, clock: systemClock, ...options });
    agents.push(agent);
  };
  const startAgent = (port?: number) => open(port).catch(() => {});
  return { home, open, engine: createLocalEngine({ home, startAgent, clock: systemClock }) };
}

test('up starts an agent once, and status tells what it is', async () => {
  const { engine } = homeOf('up');
  assert.equal(await engine.agentStatus(), undefined);
  const first = await engine.up(silent);
  const again = await engine.up(silent);
  assert.deepEqual([again.pid, again.startedAt], [process.pid, first.startedAt]);
  assert.equal(agents.length, 1);
  assert.equal(first.version, '1.2.3');
  assert.ok(first.memoryBytes > 1_000_000);
  await assert.rejects(engine.up(silent, first.port + 1), /it runs already, on port/);
});

test('one agent for each home', async () => {
  const { engine, open } = homeOf('one');
  await engine.up(silent);
  await assert.rejects(open(), { name: 'Failure', exitCode: 3, message: /another one runs already/ });
  assert.ok(await engine.agentStatus());
});

test('a port chosen once stays, until another is asked for', async () => {
  const { engine } = homeOf('port');
  const { port } = await engine.up(silent);
  await engine.down();
  assert.equal((await engine.up(silent)).port, port);
  await engine.down();
  const other = await freePort();
  assert.equal((await engine.up(silent, other)).port, other);
});

test('who starts an agent whose port is taken learns it at once', async () => {
  const taken = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { engine } = homeOf('taken');
  await assert.rejects(engine.up(silent, port), {
    name: 'Failure',
    message: `open the router: port ${port} of 127.0.0.1 is taken by another program`,
    hint: 'choose another one: railiance local up --port <n>',
    exitCode: 6,
  });
  taken.close();
  await engine.up(silent);
});

test('whoever asks an agent that does not run is told what to do', async () => {
  const { engine } = homeOf('none');
  await assert.rejects(engine.status({ app: 'probe', stage: 'canary' }), {
    name: 'Failure',
    hint: 'railiance local up',
    exitCode: 6,
  });
});

test('a service is started when it is asked for, kept running, and started with every agent after', async () => {
  const service = fakeService('postgres');
  const { engine } = homeOf('services', { services: [service] });
  await engine.up(silent);
  assert.equal(service.starts, 0);
  await engine.ensureService('postgres');
  assert.equal(service.starts, 1);
  service.running = false;
  while (!service.running) await wait(20);
  assert.equal(service.starts, 2);
  await engine.down();
  assert.equal(service.running, false);
  await engine.up(silent);
  while (!service.running) await wait(20);
  const status = await engine.agentStatus();
  assert.deepEqual(status?.services, [{ name: 'postgres', running: true, version: '18' }]);
  await assert.rejects(engine.ensureService('redis'), /this agent has postgres/);
});

test('a service that cannot start is said so, and does not keep the agent from its work', async () => {
  const service = fakeService('postgres');
  const { engine } = homeOf('broken', { services: [service] });
  await engine.ensureService('postgres');
  await engine.down();
  service.broken = 'no room on the disk';
  await engine.up(silent);
  const problemOf = async () => (await engine.agentStatus())?.services[0]?.problem;
  while ((await problemOf()) === undefined) await wait(10);
  assert.equal(await problemOf(), 'no room on the disk');
  await assert.rejects(engine.ensureService('postgres'), /no room on the disk/);
});

function fakeService(name: string) {
  const service = {
    name,
    starts: 0,
    running: false,
    broken: '',
    ensure: async () => {
      if (service.broken) throw new Error(service.broken);
      service.starts++;
      service.running = true;
    },
    stop: async () => {
      service.running = false;
    },
    status: async () => ({ running: service.running, version: '18' }),
    untilGone: async (signal: AbortSignal) => {
      while (service.running && !signal.aborted) await wait(5);
    },
  };
  return service satisfies AgentService;
}

async function freePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { homeAt } from '../../config/home.ts';
import type { Artifact } from '../../domain/artifact.ts';
import { systemClock } from '../../domain/clock.ts';
import { silent } from '../../domain/progress.ts';
import { createFileSecretStore } from '../../secrets/fileSecretStore.ts';
import { fetchAt } from '../../testing/local/localFixture.ts';
import { makeSampleArtifact, sampleCommand } from '../../testing/local/sampleImage.ts';
import { type Scene, setScene } from '../contract/fixture.ts';
import { guardArgv } from './guard.ts';
import { createLocalEngine, type LocalEngine } from './localEngine.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-agent-'));
const layoutDir = join(directory, 'images');
const agentProgram = fileURLToPath(import.meta.resolve('../../testing/local/agentProgram.ts'));
const clientProgram = fileURLToPath(import.meta.resolve('../../testing/local/clientProgram.ts'));
const running: ChildProcess[] = [];
let artifact: Artifact;
before(async () => {
  artifact = await makeSampleArtifact(layoutDir);
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});
after(() => rm(directory, { recursive: true, force: true }));

/** A home whose agents are processes of their own, started under the guard. */
async function openHome(name: string): Promise<{ engine: LocalEngine; scene: Scene; root: string }> {
  const root = join(directory, name);
  const home = homeAt({ RAILIANCE_HOME: root });
  const startAgent = async () => {
    const [program, ...args] = guardArgv([process.execPath, agentProgram, join(directory, 'layers')]);
    running.push(spawn(program, args, { env: { ...process.env, RAILIANCE_HOME: root }, stdio: 'ignore' }));
  };
  const engine = createLocalEngine({ home, startAgent, clock: systemClock });
  await engine.ensure(silent);
  const secrets = createFileSecretStore({ home });
  const scene = await setScene({
    ...{ engine, artifact, layoutDir, command: sampleCommand },
    putSecrets: (target, values) => secrets.put(target, values),
    instanceAt: async (route) => {
      const answer = await fetchAt(route, '/').catch(() => undefined);
      return answer?.status === 200 ? (JSON.parse(answer.body) as { instance: string }).instance : undefined;
    },
    say: async () => {},
  });
  return { engine, scene, root };
}

test('a killed agent comes back by itself, to what was active and nothing else, on the same port', async () => {
  const { engine, scene, root } = await openHome('killed');
  const { target, spec, context, serve, instanceAt } = scene;
  await serve('live');
  const candidate = await engine.start(spec('candidate'), context(7));
  const route = await engine.route(target);
  const appPid = JSON.parse((await fetchAt(route, '/')).body).pid as number;
  const before = await engine.agentStatus();
  assert.ok(before);
  process.kill(before.pid, 'SIGKILL');
  while (isAlive(appPid)) await wait(10);
  while ((await instanceAt(route)) !== spec('live').id) await wait(20);
  const after = await engine.agentStatus();
  assert.notEqual(after?.pid, before.pid);
  assert.equal(after?.port, before.port);
  assert.deepEqual((await engine.status(target)).others, []);
  assert.equal((await fetchAt(candidate.candidate, '/')).status, 503);
  await assert.rejects(engine.start(spec('stale'), context(6)), { exitCode: 3 });
  await assert.rejects(
    engine.activate(target, spec('candidate').id, context(7)),
    /candidates do not outlive the agent/,
  );
  assert.deepEqual(await readdir(join(root, 'agent', 'instances')), [spec('live').id]);
  const { logs } = await engine.evidence(target, spec('live').id);
  assert.deepEqual(logs, ['starting with key [secret]', 'starting with key [secret]']);
});

test('what was active comes back after down and up, and ends cleanly before', async () => {
  const { engine, scene } = await openHome('down');
  const { target, spec, serve, instanceAt } = scene;
  await serve('live');
  const route = await engine.route(target);
  const appPid = JSON.parse((await fetchAt(route, '/')).body).pid as number;
  assert.equal(await engine.down(), true);
  assert.equal(isAlive(appPid), false);
  assert.equal(await engine.down(), false);
  assert.equal(await engine.agentStatus(), undefined);
  await once(running[0] as ChildProcess, 'exit');
  assert.equal(running[0]?.exitCode, 0);
  await engine.up(silent);
  while ((await instanceAt(route)) !== spec('live').id) await wait(20);
  const { active } = await engine.status(target);
  assert.deepEqual([active?.state, active?.restarts], ['ready', 0]);
});

test('a client that is killed takes its half-started instance and its task along', { timeout: 60_000 }, async () => {
  const { engine, scene, root } = await openHome('client');
  const { target, spec, task, context, command } = scene;
  await engine.start(spec('ready'), context());
  const calls: [string, object][] = [
    ['start', spec('half', { BEHAVIOUR: 'never-ready' }, { health: { path: '/healthz' }, startTimeoutMs: 600_000 })],
    ['task', task('hanging', command('hang'), 600_000)],
  ];
  const launches = () => readdir(join(root, 'agent', 'instances'));
  for (const [method, args] of calls) {
    const env = { ...process.env, RAILIANCE_HOME: root };
    const client = spawn(process.execPath, [clientProgram, method, JSON.stringify(args)], { env, stdio: 'ignore' });
    running.push(client);
    while ((await launches()).length < 2) await wait(10);
    client.kill('SIGKILL');
    while ((await launches()).length > 1) await wait(10);
  }
  assert.deepEqual(
    (await engine.status(target)).others.map(({ id }) => id),
    [spec('ready').id],
  );
  assert.equal((await engine.start(spec('half'), context())).id, spec('half').id);
});

test('a home too deep for a socket’s address has an agent like any other', async () => {
  const { engine, scene } = await openHome(`deep/${'folder/'.repeat(15)}home`);
  await scene.serve('live');
  assert.equal((await engine.status(scene.target)).active?.state, 'ready');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

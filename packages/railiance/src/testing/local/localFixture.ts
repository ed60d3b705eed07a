import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { homeAt } from '../../config/home.ts';
import { systemClock } from '../../domain/clock.ts';
import { silent } from '../../domain/progress.ts';
import type { EngineFixture } from '../../engines/contract/fixture.ts';
import type { Route } from '../../engines/engine.ts';
import { type Agent, openAgent } from '../../engines/local/agent.ts';
import { createLocalEngine, type LocalEngine } from '../../engines/local/localEngine.ts';
import { processRuntime } from '../../engines/local/runtimes/process.ts';
import { createLayerStore } from '../../engines/local/runtimes/unpack.ts';
import { createMemorySecretStore } from '../memorySecretStore.ts';
import { makeSampleArtifact, sampleCommand } from './sampleImage.ts';

export interface LocalFixture extends EngineFixture {
  readonly engine: LocalEngine;
  close(): Promise<void>;
}

/** The real engine with a real image on the `process` runtime; the agent lives in the test's own process. */
export async function openLocalFixture(): Promise<LocalFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'railiance-engine-'));
  const home = homeAt({ RAILIANCE_HOME: join(directory, 'home') });
  const layoutDir = join(directory, 'images');
  const artifact = await makeSampleArtifact(layoutDir);
  const secrets = createMemorySecretStore();
  const runtimes = [processRuntime(createLayerStore(join(directory, 'layers'), 'this-boot'))];
  let agent: Agent | undefined;

  const startAgent = async (port = 0) => {
    const parts = { home, port, runtimes, secrets, services: [], clock: systemClock };
    agent = await openAgent({ ...parts, version: '0.0.0', log: () => {} });
  };
  const engine = createLocalEngine({ home, startAgent, clock: systemClock });
  await engine.ensure(silent);
  return {
    ...{ engine, artifact, layoutDir },
    ...sampleQuestions,
    putSecrets: (target, values) => secrets.put(target, values),
    close: async () => {
      await agent?.stop();
      await agent?.closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What the suite asks of `testing/sampleApp.ts`, wherever it runs. */
export const sampleQuestions: Pick<EngineFixture, 'command' | 'instanceAt' | 'say'> = {
  command: sampleCommand,
  instanceAt: async (route) => {
    const { status, body } = await fetchAt(route, '/');
    return status === 200 ? (JSON.parse(body) as { instance: string }).instance : undefined;
  },
  say: async (route, line) => void (await fetchAt(route, '/say', { method: 'POST', body: line })),
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request over a connection of its own, with the route's host name. */
export async function fetchAt(
  { url, connect }: Route,
  path: string,
  { method = 'GET', body = '' }: { method?: string; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...connect, path, method, agent: false, headers: { host: new URL(url).host } });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((answered) => resolve({ status, headers, body: answered }), reject);
    });
    asked.end(body);
  });
}

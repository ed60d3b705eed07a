import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { makeTinyImage, type TinyImage, textFile } from '../../../testing/tinyImage.ts';
import { contractApp } from './contractApp.ts';
import type { Exit, RunningProcess, Runtime, RuntimeSpec } from './runtime.ts';

export interface ContractOptions {
  /** Makes the runtime; files of the suite are below `directory`. */
  readonly create: (directory: string) => Promise<Runtime>;
}

export interface Started extends RunningProcess {
  readonly lines: string[];
  readonly spec: RuntimeSpec;
}

/** Starts instances of one image and ends what is left of them. */
export interface Fixture {
  readonly directory: string;
  readonly runtime: Runtime;
  readonly image: TinyImage;
  start(args: readonly string[], extra?: Partial<RuntimeSpec>): Promise<Started>;
  /** Starts, waits for the end, and gives the lines. */
  run(args: readonly string[], extra?: Partial<RuntimeSpec>): Promise<{ exit: Exit; lines: readonly string[] }>;
  spec(args: readonly string[], extra?: Partial<RuntimeSpec>): Promise<RuntimeSpec>;
  close(): Promise<void>;
}

export async function createFixture({ create }: ContractOptions): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), 'railiance-runtime-'));
  const runtime = await create(directory);
  const image = await makeTinyImage(join(directory, 'layout'), {
    layers: [
      [
        { type: 'directory', path: 'tmp', mode: 0o1777 },
        textFile('etc/passwd', 'root:x:0:0:root:/root:/none\nnode:x:1000:1000::/home/node:/none\n'),
        { type: 'directory', path: 'app', mode: 0o755, uid: 1000, gid: 1000 },
        textFile('app/server.cjs', contractApp),
        { ...textFile('app/greeting.txt', 'hello'), uid: 1000, gid: 1000 },
      ],
    ],
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin', 'GREETING=from the image', 'KEPT=image'],
      Entrypoint: ['/usr/local/bin/node'],
      Cmd: ['server.cjs', 'stay'],
      WorkingDir: '/app',
      User: 'node',
      Labels: { 'dev.railiance.builder': 'node' },
    },
  });
  let count = 0;
  const started: Started[] = [];
  const fixture: Fixture = {
    directory,
    runtime,
    image,
    async spec(args, extra = {}) {
      const id = `contract-${process.pid}-${count++}`;
      const spec = {
        id,
        ...image,
        command: ['node', 'server.cjs', ...args],
        env: {},
        volumes: [],
        resources: {},
        directory: join(directory, 'instances', id),
        onLine: () => undefined,
        ...extra,
      };
      await mkdir(spec.directory, { recursive: true });
      return spec;
    },
    async start(args, extra = {}) {
      const lines: string[] = [];
      const spec = await fixture.spec(args, { onLine: (line) => lines.push(line), ...extra });
      const running = { ...(await runtime.start(spec)), lines, spec };
      started.push(running);
      return running;
    },
    async run(args, extra) {
      const running = await fixture.start(args, extra);
      return { exit: await running.exited, lines: running.lines };
    },
    async close() {
      for (const { signal, spec, exited } of started) {
        await signal('SIGKILL').catch(() => undefined);
        await exited;
        await runtime.reap(spec.id, spec.directory);
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
  return fixture;
}

export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `the condition did not come true within ${timeoutMs} ms`);
    await wait(20);
  }
}

/** Processes of this machine that have this text in their environment. */
export function processesWith(mark: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

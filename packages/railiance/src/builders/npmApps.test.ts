import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { unpackTar } from 'modern-tar/fs';
import { WebSocket } from 'ws';

import { loadApp } from '../config/app.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { openLayout } from '../oci/index.ts';
import { noRegistry, requestFor } from './contract.ts';
import { nodePath } from './node/command.ts';
import { readElf } from './node/elf.ts';
import { nodeBuilder } from './node.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-npm-apps-'));
const apps = join(import.meta.dirname, '../../../../test/apps');
const layoutDir = join(root, 'images');
const interpreter = readElf(process.execPath)?.interpreter ?? '';

after(() => rm(root, { recursive: true, force: true }));

/** Builds an app, and unpacks all its layers into one folder. */
async function unpacked(name: string) {
  const app = await loadApp(join(apps, name, 'app.toml'), { cwd: apps, stage: 'local' });
  const builder = nodeBuilder({ exec: createLocalExec(), cacheDir: join(root, 'cache'), registryFor: noRegistry });
  const { manifestDigest } = await builder.build(requestFor(app, layoutDir));
  const layout = await openLayout(layoutDir);
  const { config, layers } = await layout.manifest(manifestDigest);
  const image = join(root, name);
  for (const { digest } of layers) {
    await pipeline(createReadStream(layout.blobPath(digest)), unpackTar(image, { strict: true }));
  }
  return { app, image, config: (await layout.config(config.digest)).config };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Starts the app with nothing but what the image holds: its loader, its libraries, its Node. No rights are needed for
 * that, as they would be for a root of its own.
 */
async function start({ app, image, config }: Awaited<ReturnType<typeof unpacked>>) {
  const port = await freePort();
  const env = Object.fromEntries((config?.Env ?? []).map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const libraries = [join(image, interpreter, '..'), ...['lib', 'usr/lib'].map((path) => join(image, path))];
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const search = libraries.flatMap((path) => [path, join(path, triplet)]).join(':');
  const [program, ...args] = app.run.command ?? [];
  assert.equal(program, 'node');
  const loader = ['--inhibit-cache', '--library-path', search, join(image, nodePath)];
  const child = spawn(join(image, interpreter), [...loader, ...args], {
    cwd: join(image, config?.WorkingDir ?? ''),
    env: { ...env, ...app.run.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (child.exitCode !== null) assert.fail(`the app ended: ${output}`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { child, url };
    await wait(50);
  }
  child.kill('SIGKILL');
  return assert.fail(`the app does not listen on $PORT: ${output}`);
}

describe('apps from npm, as they are, run from nothing but their image', () => {
  const running: ChildProcess[] = [];
  const run = async (name: string) => {
    const image = await unpacked(name);
    const { child, url } = await start(image);
    running.push(child);
    return { ...image, url };
  };
  before(() => assert.notEqual(interpreter, '', 'this Node is linked dynamically'));
  after(async () => {
    for (const child of running) {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    }
  });

  test('one with a native add-on and its libraries', async () => {
    const { url } = await run('images');
    const picture = await fetch(`${url}/w_16,f_webp/gradient.png`);
    assert.equal(picture.headers.get('content-type'), 'image/webp');
    assert.equal(Buffer.from(await picture.arrayBuffer()).toString('latin1', 8, 12), 'WEBP');
  });

  test('one that keeps its data in a volume, whose folder is there', async () => {
    const { url, image, app } = await run('notes');
    const note = { text: 'kept' };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/notes`, { method: 'POST', headers, body: JSON.stringify(note) });
    assert.equal(answer.status, 201);
    const volume = app.run.volumes[0]?.path ?? '';
    const { notes } = JSON.parse(await readFile(join(image, volume, 'db.json'), 'utf8'));
    assert.equal(notes[0].text, 'kept');
  });

  test('one that speaks WebSocket', async () => {
    const { url } = await run('together');
    const socket = new WebSocket(`${url.replace('http', 'ws')}/room`);
    const [message] = await once(socket, 'message');
    assert.ok(message.length > 0);
    socket.close();
  });
});

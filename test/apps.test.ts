import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { WebSocket } from 'ws';

import { outputOf, railiance as start } from './cli/started.ts';

// Apps from npm that nobody here wrote, as they are, each with an app.toml of five lines.
const root = fileURLToPath(new URL('..', import.meta.url));
let home = '';
let port = 0;

function railiance(...words: readonly string[]): Promise<string> {
  const env = { ...process.env, RAILIANCE_HOME: home, NO_COLOR: '1' };
  return outputOf(words, start(words, { cwd: root, env }));
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: Buffer;
}

/** Through the router, by the public name of the app. */
function ask(app: string, path: string, json?: unknown): Promise<Answer> {
  const host = `${app}.production.localhost:${port}`;
  const content = json === undefined ? {} : { 'content-type': 'application/json' };
  const options = { host: '127.0.0.1', port, path, method: json === undefined ? 'GET' : 'POST' };
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, headers: { host, ...content } }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode, type: response.headers['content-type'], body });
    });
    asked.on('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'railiance-apps-'));
  ({ port } = JSON.parse(await railiance('local', 'up', '--port', '0', '--json')));
});

after(async () => {
  await railiance('local', 'down');
  await rm(home, { recursive: true, force: true });
});

test('an app with a native add-on runs: sharp makes a picture smaller', async () => {
  await railiance('deploy', 'test/apps/images');
  const { status, type, body } = await ask('images', '/f_png,w_8/gradient.png');
  assert.equal(status, 200, body.toString());
  assert.equal(type, 'image/png');
  assert.equal(body.readUInt32BE(16), 8, 'the picture is 8 pixels wide');
});

test('an app with a volume keeps what it stored, from release to release', async () => {
  await railiance('deploy', 'test/apps/notes');
  const added = await ask('notes', '/notes', { text: 'kept' });
  assert.equal(added.status, 201, added.body.toString());
  await railiance('restart', 'notes');
  assert.match((await ask('notes', '/notes')).body.toString(), /"kept"/);
});

test('an app that speaks WebSocket is reached through the router', async () => {
  await railiance('deploy', 'test/apps/together');
  const url = `ws://127.0.0.1:${port}/room`;
  const socket = new WebSocket(url, { headers: { host: `together.production.localhost:${port}` } });
  const first = await new Promise<Buffer>((resolve, reject) => {
    socket.once('message', (data) => resolve(data as Buffer)).once('error', reject);
  });
  socket.close();
  // The Yjs server begins with step 1 of its sync protocol: message type 0, then step 0.
  assert.deepEqual([...first.subarray(0, 2)], [0, 0]);
});

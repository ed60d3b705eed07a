import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { outputOf, railiance as start, started } from './cli/started.ts';

// The hub as its app.toml deploys it: two of it side by side in a switch, behind the router, under load.
const root = fileURLToPath(new URL('..', import.meta.url));
const pack = join(root, 'packages/inter-hub/scripts/pack.ts');
const host = 'inter-hub.production.localhost';
let base = '';
let port = 0;

function railiance(...words: readonly string[]): Promise<string> {
  return outputOf(words, start(words, inHub()));
}

/** Runs a program in the folder of the packed hub. */
function run(program: string, words: readonly string[]): Promise<string> {
  return outputOf([program, ...words], started(program, words, inHub()));
}

function inHub() {
  return { cwd: join(base, 'hub'), env: { ...process.env, RAILIANCE_HOME: join(base, 'home'), NO_COLOR: '1' } };
}

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'railiance-hub-switch-'));
  await mkdir(join(base, 'hub'));
  await run(process.execPath, [pack, join(base, 'hub')]);
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  await run('git', ['init', '--quiet']);
  await run('git', ['add', '--all']);
  await run('git', [...author, 'commit', '--quiet', '--message', 'The hub']);
  ({ port } = JSON.parse(await railiance('local', 'up', '--port', '0', '--json')));
  await railiance('deploy', '--stage', 'production', '--yes');
});

after(async () => {
  await railiance('local', 'down');
  await rm(base, { recursive: true, force: true });
});

interface Sent {
  readonly acknowledged: Set<string>;
  readonly failures: string[];
}

/** One event through the router, on a kept connection or a new one; whatever is not its 201 is a failure. */
function post(key: string, id: string, agent: Agent | false, sent: Sent): Promise<void> {
  const body = JSON.stringify({ specversion: '1.0', id, source: '/switch', type: 'org.example.thing', hub: 'probe' });
  const headers = { host: `${host}:${port}`, authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return new Promise((done) => {
    const fail = (words: string) => {
      sent.failures.push(`${new Date().toISOString()} ${id}: ${words}`);
      done();
    };
    const options = {
      host: '127.0.0.1',
      port,
      path: '/api/v2/events',
      method: 'POST',
      headers,
      agent,
      timeout: 20_000,
    };
    const asked = request(options, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode !== 201) return fail(`status ${answer.statusCode}`);
        sent.acknowledged.add(id);
        done();
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in 20 s')));
    asked.on('error', (error) => fail(error.message)).end(body);
  });
}

/** Follows the event stream as a browser would: it comes back with Last-Event-ID whenever its stream ends. */
async function follow(key: string, seen: string[], until: AbortSignal): Promise<number> {
  let last = '0';
  let connections = 0;
  while (!until.aborted) {
    connections += 1;
    const headers = { host: `${host}:${port}`, authorization: `Bearer ${key}`, 'last-event-id': last };
    await new Promise<void>((ended) => {
      const options = { host: '127.0.0.1', port, path: '/api/v2/events/stream?source=/switch', headers, agent: false };
      const asked = request({ ...options, signal: until }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) {
            last = /^id: (\d+)$/m.exec(event)?.[1] ?? last;
            const id = /"event_id":"([^"]+)"/.exec(event)?.[1];
            if (id !== undefined) seen.push(id);
          }
        });
        answer.on('close', ended);
      });
      asked.on('error', () => ended()).end();
    });
    await wait(50);
  }
  return connections;
}

test('two hubs side by side in a switch, under load: no request fails, no stream misses or repeats an event', async () => {
  const made = await railiance(
    'exec',
    '--stage',
    'production',
    '--',
    'node',
    'dist/main.js',
    'create-key',
    'load',
    'hub:*:write',
  );
  const key = /ihk_\w{36}/.exec(made)?.[0] ?? '';
  const sent: Sent = { acknowledged: new Set(), failures: [] };
  const seen: string[] = [];
  const stopFollowing = new AbortController();
  const following = follow(key, seen, stopFollowing.signal);
  let over = false;
  const agent = new Agent({ keepAlive: true });
  const client = async (number: number): Promise<void> => {
    for (let n = 0; !over; n += 1) {
      await post(key, `${number}-${n}`, n % 2 === 0 && agent, sent);
      await wait(40);
    }
  };
  const sending = Array.from({ length: 4 }, (_, number) => client(number));
  await wait(1000);
  await railiance('restart', 'inter-hub', '--stage', 'production');
  await wait(3000);
  over = true;
  await Promise.all(sending);
  agent.destroy();
  for (let look = 0; look < 600 && seen.length < sent.acknowledged.size; look += 1) await wait(50);
  stopFollowing.abort();
  const connections = await following;
  assert.deepEqual(sent.failures, []);
  assert.ok(sent.acknowledged.size > 50, String(sent.acknowledged.size));
  assert.equal(seen.length, sent.acknowledged.size, 'each event once on the stream');
  assert.deepEqual(new Set(seen), sent.acknowledged);
  assert.ok(connections >= 2, 'the stream was told to come back');
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { type LocalFixture, openLocalFixture } from '../../testing/local/localFixture.ts';
import { setScene } from '../contract/fixture.ts';
import type { Route } from '../engine.ts';

const switches = 3;
const everyMs = 5;

let fixture: LocalFixture;
before(async () => {
  fixture = await openLocalFixture();
});
after(() => fixture.close());

test('requests that go on through switches all succeed, each POST once', { timeout: 120_000 }, async () => {
  const { engine, target, spec, context, serve } = await setScene(fixture);
  await serve('release-0');
  const load = startLoad(await engine.route(target));
  for (let release = 1; release <= switches; release++) {
    await serve(`release-${release}`);
    const old = spec(`release-${release - 1}`).id;
    const { clean } = await engine.retire(target, old, context());
    assert.ok(clean, `${old} ended cleanly`);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok(load.answers > 200, `only ${load.answers} requests were made`);
  const ids = Array.from({ length: switches + 1 }, (_, release) => spec(`release-${release}`).id);
  assert.deepEqual([...load.instances].sort(), ids.sort());
  for (const numbers of load.posts.values()) {
    // The instance numbers its POSTs: one that came twice would leave a gap among those that were answered.
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      numbers.map((_, index) => index + 1),
    );
  }
  assert.ok(load.messages > 20, `only ${load.messages} WebSocket messages came back`);
});

/**
 * An open-loop client without retries: it sends by the clock and not by the answers, half of it on new connections. Only a
 * WebSocket may be closed by a switch; it is opened again at once.
 */
function startLoad(route: Route) {
  const agent = new Agent({ keepAlive: true });
  const { host } = new URL(route.url);
  const load = {
    route,
    failures: [] as string[],
    instances: new Set<string>(),
    /** Number that each POST was given by the instance that counted it, by instance. */
    posts: new Map<string, number[]>(),
    answers: 0,
    messages: 0,
    stop: async () => {},
  };
  const under: Promise<void>[] = [];
  let sent = 0;
  const send = async (method: string, path: string) => {
    const number = sent++;
    const body = method === 'POST' ? `post ${number}` : '';
    try {
      const asked = request({ ...route.connect, method, path, agent: number % 2 ? agent : false, headers: { host } });
      asked.end(body);
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      const answer = { status: response.statusCode, body: await text(response) };
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
      const { instance, posts, body: echoed } = JSON.parse(answer.body) as Told;
      load.instances.add(instance);
      if (method === 'POST') {
        assert.equal(echoed, body);
        load.posts.set(instance, [...(load.posts.get(instance) ?? []), posts]);
      }
      load.answers++;
    } catch (error) {
      load.failures.push(`${method} ${path}: ${String(error)}`);
    }
  };
  const timers = [
    setInterval(() => under.push(send('GET', '/')), everyMs),
    setInterval(() => under.push(send('POST', '/posts')), everyMs * 2),
    setInterval(() => under.push(send('GET', '/slow')), everyMs * 40),
  ];
  const stopSocket = keepTalking(route, () => load.messages++);
  load.stop = async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(under);
    stopSocket();
    agent.destroy();
  };
  return load;
}

interface Told {
  readonly instance: string;
  readonly posts: number;
  readonly body?: string;
}

function keepTalking({ url, connect }: Route, onMessage: () => void): () => void {
  let stopped = false;
  let socket: WebSocket | undefined;
  const open = () => {
    const one = new WebSocket(`ws://${connect.host}:${connect.port}/`, { headers: { host: new URL(url).host } });
    socket = one;
    one.on('open', () => one.send('ping'));
    one.on('message', () => {
      onMessage();
      setTimeout(() => one.readyState === WebSocket.OPEN && one.send('ping'), everyMs);
    });
    one.on('error', () => {});
    one.on('close', () => !stopped && open());
  };
  open();
  return () => {
    stopped = true;
    socket?.terminate();
  };
}

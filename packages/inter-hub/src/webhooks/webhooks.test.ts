import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloudEvent } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { startReceiver, verified } from '../testing/receiver.ts';
import { startDeliverer } from './deliverer.ts';
import { mostAttempts } from './retries.ts';

const receiver = await startReceiver();
const hub = await testHub({ HUB_WEBHOOK_HOSTS: receiver.host });
const { deps, client, advance } = hub;
hub.stopClock();
const admin = await client(['admin']);
for (const slug of ['probe', 'billing']) await admin('POST', '/hubs', { slug, name: slug });

interface Webhook {
  readonly id: string;
  readonly secret: string;
  readonly status: string;
  readonly paused_because: string | null;
}
interface Delivery {
  readonly status: string;
  readonly attempts: number;
  readonly answer: number | null;
  readonly error: string | null;
  readonly next_at: string | null;
}

async function add(wanted: Record<string, unknown> = {}): Promise<Webhook> {
  const answer = await admin('POST', '/webhooks', { url: receiver.url, ...wanted });
  assert.equal(answer.status, 201, await answer.clone().text());
  return (await answer.json()) as Webhook;
}

async function read({ id }: Webhook): Promise<Webhook> {
  return (await (await admin('GET', `/webhooks/${id}`)).json()) as Webhook;
}

async function deliveries({ id }: Webhook): Promise<Delivery[]> {
  const { items } = (await (await admin('GET', `/webhook-deliveries?webhook_id=${id}`)).json()) as {
    items: Delivery[];
  };
  return items;
}

async function send(type: string, more: Record<string, unknown> = {}): Promise<string> {
  const event = cloudEvent({ type, hub: 'probe', ...more });
  const sent = await admin('POST', '/events', event, { 'content-type': 'application/cloudevents+json' });
  assert.equal(sent.status, 201);
  await deps.deliverer.wake();
  return String(event.id);
}

beforeEach(async () => {
  // Only the webhooks of each test are active in it.
  await deps.database.query(`update webhooks set status = 'paused'`);
  await deps.deliverer.wake();
  receiver.received.length = 0;
  receiver.answer = () => 204;
  receiver.headers = {};
});

test('an event reaches the receiver, signed so that its authors’ own library takes it', async () => {
  const webhook = await add();
  const id = await send('org.example.built', { data: { n: 1 } });
  const [message] = receiver.received;
  assert.ok(message);
  const { type, timestamp, data } = verified(webhook.secret, message);
  assert.equal(type, 'org.example.built');
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
  const { event_id, hub, body } = data as { event_id: string; hub: string; body: { data: unknown } };
  assert.deepEqual([event_id, hub, body.data], [id, 'probe', { n: 1 }]);
  assert.throws(() => verified(webhook.secret, { ...message, body: message.body.replace('probe', 'other') }));
  assert.throws(() => verified('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', message));
  const [delivery] = await deliveries(webhook);
  assert.deepEqual([delivery?.status, delivery?.attempts, delivery?.answer], ['delivered', 1, 204]);
});

test('another secret: for a day both sign, then the new one alone', async () => {
  const webhook = await add();
  const answer = await admin('POST', `/webhooks/${webhook.id}/secret`);
  const { secret } = (await answer.json()) as { secret: string };
  assert.notEqual(secret, webhook.secret);
  await send('org.example.both');
  for (const good of [secret, webhook.secret]) verified(good, receiver.received[0]!);
  // A receiver goes by its own clock: so not the hub's is moved, but the change made a day older.
  await deps.database.query(`update webhooks set secret_changed_at = secret_changed_at - interval '25 hours'`);
  await send('org.example.new');
  const signatures = String(receiver.received[1]?.headers['webhook-signature']).split(' ');
  assert.equal(signatures.length, 1);
});

test('it is told only of its hub and its types, by name or by their beginning', async () => {
  await add({ hub: 'probe', types: ['org.example.one', 'dev.cdevents.service.*'] });
  await send('org.example.one');
  await send('org.example.onemore');
  await send('dev.cdevents.service.deployed.0.3.0');
  await send('org.example.one', { hub: 'billing' });
  const types = receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  assert.deepEqual(types.sort(), ['dev.cdevents.service.deployed.0.3.0', 'org.example.one']);
});

test('what was before it, or while it is paused, it is not told', async () => {
  await send('org.example.before');
  const webhook = await add({ types: ['org.example.*'] });
  await send('org.example.first');
  await admin('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' });
  await send('org.example.while');
  await admin('PATCH', `/webhooks/${webhook.id}`, { status: 'active' });
  await send('org.example.after');
  const types = receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  assert.deepEqual(types, ['org.example.first', 'org.example.after']);
});

test('what fails comes again, later each time, under the same id, with a signature of its own time', async () => {
  const webhook = await add();
  receiver.answer = () => 500;
  await send('org.example.again');
  const [first] = await deliveries(webhook);
  assert.deepEqual([first?.status, first?.attempts, first?.error], ['waiting', 1, 'answered 500']);
  await deps.deliverer.wake();
  assert.equal(receiver.received.length, 1, 'not before its time');
  receiver.answer = () => 200;
  advance(6001);
  await deps.deliverer.wake();
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  const times = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 6);
  const [last] = await deliveries(webhook);
  assert.deepEqual([last?.status, last?.attempts, last?.error], ['delivered', 2, null]);
});

test('a receiver that asks for time is given it', async () => {
  const webhook = await add();
  receiver.answer = () => 429;
  receiver.headers = { 'retry-after': '120' };
  await send('org.example.slower');
  const [delivery] = await deliveries(webhook);
  assert.equal(Date.parse(delivery?.next_at ?? '') - deps.clock().getTime(), 120_000);
});

test('after the last attempt it is given up, and the webhook paused with the reason, which resuming clears', async () => {
  const webhook = await add();
  receiver.answer = () => 500;
  await send('org.example.never');
  for (let attempt = 1; attempt < mostAttempts; attempt += 1) {
    advance(29 * 3_600_000);
    await deps.deliverer.wake();
  }
  assert.equal(receiver.received.length, mostAttempts);
  const [delivery] = await deliveries(webhook);
  assert.deepEqual([delivery?.status, delivery?.attempts], ['failed', mostAttempts]);
  const paused = await read(webhook);
  assert.equal(paused.status, 'paused');
  assert.match(paused.paused_because ?? '', /failed 10 times/);
  const resumed = await admin('PATCH', `/webhooks/${webhook.id}`, { status: 'active' });
  assert.equal(((await resumed.json()) as Webhook).paused_because, null);
});

test('410 Gone pauses it at once; a redirect is not followed', async () => {
  const gone = await add();
  receiver.answer = () => 410;
  await send('org.example.gone');
  assert.equal((await read(gone)).paused_because, 'Its receiver answered 410 Gone.');
  receiver.answer = () => 302;
  receiver.headers = { location: 'http://169.254.169.254/latest/meta-data' };
  const moved = await add();
  await send('org.example.moved');
  assert.equal((await deliveries(moved))[0]?.error, 'answered 302');
});

test('two hubs on one database tell of each event once', async () => {
  const webhook = await add();
  const second = startDeliverer({ ...deps, hosts: [receiver.host] });
  for (let n = 0; n < 20; n += 1) {
    const event = cloudEvent({ type: 'org.example.many', hub: 'probe' });
    await admin('POST', '/events', event, { 'content-type': 'application/cloudevents+json' });
  }
  await Promise.all([deps.deliverer.wake(), second.wake()]);
  await Promise.all([deps.deliverer.wake(), second.wake()]);
  await second.stop();
  assert.equal(receiver.received.length, 20);
  assert.ok((await deliveries(webhook)).every(({ status, attempts }) => status === 'delivered' && attempts === 1));
});

test('a test arrives, and is not tried again', async () => {
  const webhook = await add({ types: ['nothing'] });
  receiver.answer = () => 500;
  assert.equal((await admin('POST', `/webhooks/${webhook.id}/test`)).status, 202);
  await deps.deliverer.wake();
  assert.equal(JSON.parse(receiver.received[0]?.body ?? '{}').type, 'inter-hub.webhook.test');
  assert.deepEqual(
    (await deliveries(webhook)).map(({ status }) => status),
    ['failed'],
  );
  assert.equal((await read(webhook)).status, 'active');
  await admin('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' });
  assert.equal((await admin('POST', `/webhooks/${webhook.id}/test`)).status, 409);
});

test('no secret is in the database, in lists, or in the audit log; no path of an address either', async () => {
  const webhook = await add({ url: `${receiver.url}/T0K3N` });
  const listed = await (await admin('GET', '/webhooks?format=jsonl')).text();
  assert.ok(!listed.includes(webhook.secret));
  const [row] = await deps.database.query<{ all: string }>(
    `select (select string_agg(w::text, ' ') from webhooks w) || (select string_agg(a::text, ' ') from audit_log a) as all`,
  );
  assert.ok(!row?.all.includes(webhook.secret.slice(6)));
  const log = await deps.database.query<{ detail: unknown }>(
    `select detail from audit_log where action like 'webhook%'`,
  );
  assert.doesNotMatch(JSON.stringify(log), /T0K3N/);
});

test('only administrators make them, and only for addresses that the hub may send to', async () => {
  const writer = await client(['hub:*:write']);
  assert.equal((await writer('POST', '/webhooks', { url: receiver.url })).status, 403);
  const refused = [
    'http://example.org/hook',
    'https://10.0.0.1/hook',
    'https://127.0.0.1:1/hook',
    'https://169.254.169.254/latest',
    'https://[::1]/hook',
    'https://localhost/hook',
    'https://user:secret@example.org/hook',
    'ftp://example.org/',
    'file:///etc/passwd',
    `https://example.org/${'x'.repeat(3000)}`,
  ];
  for (const url of refused) assert.equal((await admin('POST', '/webhooks', { url })).status, 422, url.slice(0, 60));
  assert.equal((await admin('POST', '/webhooks', { url: 'https://example.org/hook', hub: 'no-such' })).status, 422);
});

// The last one: it stops what sends.
test('a receiver that never answers holds up no other, and a stopping hub breaks it off without losing it', async () => {
  const stuck = await add({ types: ['org.example.stuck'] });
  const good = await add({ types: ['org.example.good'], url: `http://${receiver.host}/good` });
  receiver.answer = ({ path }) => (path === '/good' ? 200 : undefined);
  const structured = { 'content-type': 'application/cloudevents+json' };
  for (const type of ['org.example.stuck', 'org.example.good']) {
    await admin('POST', '/events', cloudEvent({ type }), structured);
  }
  while ((await deliveries(good))[0]?.status !== 'delivered') await sleep(5);
  assert.equal((await deliveries(stuck))[0]?.status, 'waiting');
  await deps.deliverer.stop();
  const [kept] = await deliveries(stuck);
  assert.deepEqual([kept?.status, kept?.attempts], ['waiting', 0]);
});

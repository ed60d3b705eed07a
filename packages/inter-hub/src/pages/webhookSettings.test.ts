import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testHub } from '../testing/hub.ts';
import { startReceiver, verified } from '../testing/receiver.ts';
import { type Session, signIn } from '../testing/signIn.ts';

const receiver = await startReceiver();
const { app, deps, client } = await testHub({ HUB_WEBHOOK_HOSTS: receiver.host });
const [admin, viewer] = [await signIn(deps, 'admin'), await signIn(deps, 'viewer')];
const ask = await client(['admin']);

async function get(path: string, { cookie }: Session = admin): Promise<string> {
  return (await app.request(path, { headers: { cookie } })).text();
}

async function submit(path: string, fields: Record<string, string> = {}): Promise<Response> {
  return app.request(path, {
    method: 'POST',
    headers: { cookie: admin.cookie, origin: 'http://hub.test', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrf: admin.csrf, ...fields }).toString(),
  });
}

/** Where the button of that label leads. */
async function actionOf(path: string, label: string): Promise<string> {
  const found = new RegExp(`action="([^"]+)"(?:(?!</form>).)*>${label}<`, 's').exec(await get(path));
  assert.ok(found?.[1], `${path} has no button ${label}`);
  return found[1];
}

test('by forms: added, its secret shown once, tested, told of an approval, paused, resumed, sent again', async () => {
  const url = `${receiver.url}/T0K3N`;
  const made = await submit('/settings/webhooks', { url, hub: '', types: 'inter-hub.approval.*, org.example.x' });
  const page = await made.text();
  assert.equal(made.status, 200, page);
  const secret = /whsec_[\w+/=]+(?=<\/pre>)/.exec(page)?.[0] ?? '';
  assert.ok(!(await get('/settings')).includes(secret));

  await submit(await actionOf('/settings', 'Send a test'));
  await deps.deliverer.wake();
  assert.equal(verified(secret, receiver.received[0]!).type, 'inter-hub.webhook.test');

  receiver.answer = () => 410;
  const digest = `sha256:${'a'.repeat(64)}`;
  await ask('POST', '/approvals', { hub: 'probe', stage: 'production', digest, requested_by: 'lin@example.org' });
  await deps.deliverer.wake();
  assert.match(await get('/settings'), /Its receiver answered 410 Gone/);

  receiver.answer = () => 200;
  await submit(await actionOf('/settings', 'Resume'));
  await submit(await actionOf('/api', 'Send again'));
  await deps.deliverer.wake();
  assert.equal(verified(secret, receiver.received.at(-1)!).type, 'inter-hub.approval.requested');
  await submit(await actionOf('/settings', 'Pause'));
  assert.match(await get('/api', viewer), /paused/);
});

test('a viewer sees where messages go, not the path, which may be the receiver’s secret', async () => {
  const page = await get('/api', viewer);
  assert.ok(page.includes(receiver.host));
  assert.doesNotMatch(page, /T0K3N|Send again/);
});

test('an address that is not allowed is refused in words', async () => {
  const answer = await submit('/settings/webhooks', { url: 'https://10.0.0.1/', hub: '', types: '' });
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /address: leads into this network: name its host in HUB_WEBHOOK_HOSTS/);
});

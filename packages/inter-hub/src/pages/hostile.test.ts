import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cdEvent, digestA } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { signIn } from '../testing/signIn.ts';
import { workplanText } from '../testing/workplan.ts';
import { navigation } from './navigation.ts';

const { app, deps, client } = await testHub();
const admin = await client(['admin']);
const { cookie, userId } = await signIn(deps, 'admin');
const evil = `"'></title></pre><script>alert(1)</script><svg onload=alert(1)><img src=x onerror=alert(1)>`;
const longName = 'W'.repeat(300);
const mostPages = 250;

async function made(path: string, body: Record<string, unknown>): Promise<string> {
  const answer = await admin('POST', path, body);
  assert.equal(answer.status, 201, `${path}: ${await answer.clone().text()}`);
  return ((await answer.json()) as { id: string }).id;
}

/** The same hostile text wherever a stranger may write any. */
async function fillWith(text: string): Promise<void> {
  const hub = 'evil';
  const digest = digestA;
  await made('/hubs', { slug: hub, name: text, kind: text, owner: text, stewards: [text], description: text });
  await made('/hub-capability-manifests', { hub, version: '1.0.0', capabilities: [text, { [text]: text }] });
  const widget_id = await made('/widgets', { hub, slug: 'w', name: text, kind: text, owner: text });
  const interaction = { hub, widget_id, kind: text, summary: text, actor: text, outcome: 'failure' };
  const occurred_at = new Date().toISOString();
  const interaction_event_id = await made('/interaction-events', {
    ...interaction,
    occurred_at,
    correlation_id: text,
    data: { [text]: text },
  });
  await made('/annotations', { hub, widget_id, interaction_event_id, kind: text, body: text, evidence: { log: text } });
  const candidate_id = await made('/requirement-candidates', { hub, title: text, body: text });
  await made('/requirements', { hub, candidate_id, title: text });
  await made('/decision-records', { hub, title: text, rationale: text });
  const deployment_id = await made('/deployment-records', {
    hub,
    stage: 'production',
    digest,
    tag: text,
    run_id: text,
  });
  const outcome = { hub, deployment_id, kind: text, verdict: 'regressed', summary: text, expectation: text };
  const outcome_id = await made('/outcome-signals', { ...outcome, observed_at: occurred_at });
  await made('/learnings', { hub, outcome_id, title: text, body: text, cause: text, tags: [text] });
  const agent_id = await made('/agents', {
    name: text,
    provider: text,
    models: [text],
    owner: text,
    delegated_by: text,
  });
  await made('/proposals', { hub, agent_id, kind: text, title: text, body: text, model: text });
  const approval = { hub, stage: 'production', digest, tag: text, requested_by: text, reason: text, run_id: text };
  await made('/approvals', { ...approval, evidence: { [text]: text } });
  await made('/api-keys', { consumer: text.slice(0, 100), scopes: ['framework:read'] });
  await made('/webhooks', { url: `https://example.org/${text}`, types: [text] });
  const plan = workplanText.replace('repo: probe', `repo: ${hub}`).replace('Check it', text);
  const titled = plan.replace('title: "Probe — first deployment"', `title: ${JSON.stringify(text)}`);
  for (const markdown of [titled, titled.replaceAll('TEAM-WP-0007', 'TEAM-WP-0009').replace('-0001', '-0007')]) {
    assert.equal((await admin('PUT', '/workplans', { markdown, path: text })).status, 200);
  }
  await deps.database.query('update users set name = $1 where id = $2', [text, userId]);
  const content = { pipelineName: text, taskName: text, outcome: 'failure', errors: text, reason: text };
  const common = { hub, stage: 'canary', author: text, runid: 'run', subjectId: 'run' };
  for (const name of ['pipelinerun.started', 'taskrun.finished', 'testsuiterun.finished', 'incident.detected']) {
    const event = cdEvent(name, {
      ...common,
      content: { ...content, description: text, pipelineRun: { id: 'run' }, testSuite: { name: text } },
      customData: { command: text, cause: text, tag: text, evidence: { [text]: text }, lesson: text, suite: text },
    });
    const sent = await admin('POST', '/events', event, { 'content-type': 'application/cloudevents+json' });
    assert.equal(sent.status, 201, await sent.clone().text());
  }
  await deps.projector.wake();
}

/** Every page that a link on a page leads to, from the menu on. */
async function everyPage(visit: (path: string, text: string) => void): Promise<number> {
  const places = navigation.flatMap(({ places }) => places.map(({ href }) => href));
  const waiting = ['/', '/capabilities', '/login', `/search?q=${encodeURIComponent('alert')}`, ...places];
  const known = new Set(waiting);
  for (const path of waiting) {
    const answer = await app.request(path, { headers: { cookie } });
    assert.ok(answer.status < 400, `${path}: ${answer.status}`);
    const text = await answer.text();
    visit(path, text);
    for (const [, link = ''] of text.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      const { origin, pathname, search } = new URL(link.replaceAll('&amp;', '&'), `http://hub.test${path}`);
      const next = `${pathname}${search}`;
      if (origin !== 'http://hub.test' || /\.(csv|jsonl|json)$/.test(pathname) || pathname === '/docs') continue;
      if (!known.has(next) && known.size < mostPages) waiting.push(next);
      known.add(next);
    }
  }
  return waiting.length;
}

test('script in any name, summary, link or drawing stays text, on every page that a link leads to', async () => {
  await fillWith(evil);
  let shown = 0;
  const pages = await everyPage((path, text) => {
    if (text.includes('&lt;script&gt;alert(1)')) shown += 1;
    assert.doesNotMatch(text, /<script(?! src="\/static\/)/, path);
    assert.doesNotMatch(text, /<(svg|img)[^>]* on\w+=/, path);
    assert.doesNotMatch(text, /<img src=x/, path);
    assert.doesNotMatch(text, /<[^>]+ style=/, path);
    assert.doesNotMatch(text, /(href|action|src)="\s*(javascript|data|vbscript):/i, path);
  });
  assert.ok(pages > 50 && shown > 25, `${shown} of ${pages} pages show what was written`);
});

test('a link that a browser would run is refused wherever an address may be given', async () => {
  for (const url of ['javascript:alert(1)', 'data:text/html,x', ' javascript:alert(1)', 'vbscript:x']) {
    assert.equal((await admin('POST', '/hubs', { slug: 'x', name: 'x', route_url: url })).status, 422, url);
    const deployment = { hub: 'evil', stage: 'production', url };
    assert.equal((await admin('POST', '/deployment-records', deployment)).status, 422, url);
    assert.equal((await admin('POST', '/webhooks', { url })).status, 422, url);
  }
});

test('a name of 300 letters without a break is a name', async () => {
  await made('/requirement-candidates', { hub: 'evil', title: longName });
  assert.ok((await (await app.request('/triage', { headers: { cookie } })).text()).includes(longName));
});

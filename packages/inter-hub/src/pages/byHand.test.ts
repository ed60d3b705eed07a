import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cdEvent, cloudEvent, deployRun, digestA } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { type Session, signIn } from '../testing/signIn.ts';

const { app, deps, client } = await testHub();
const ask = await client(['admin']);
const batched = { 'content-type': 'application/cloudevents-batch+json' };
const run = { hub: 'probe', stage: 'production', runId: 'r1', tag: 'abc1234', digest: digestA, ok: true };
await ask('POST', '/events', deployRun(run), batched);
await deps.projector.wake();
const [operator, approver] = [await signIn(deps, 'operator'), await signIn(deps, 'approver')];

async function send({ cookie, csrf }: Session, path: string, form: Record<string, string>): Promise<Response> {
  const headers = { cookie, origin: 'http://hub.test', 'content-type': 'application/x-www-form-urlencoded' };
  return await app.request(path, { method: 'POST', headers, body: new URLSearchParams({ csrf, ...form }).toString() });
}

/** Where a form led, without what the page says. */
async function led(answer: Response): Promise<string> {
  assert.equal(answer.status, 303, await answer.clone().text());
  return (answer.headers.get('location') ?? '').replace(/\?.*/, '');
}

async function made(path: string, body: Record<string, unknown>): Promise<string> {
  const answer = await ask('POST', path, body);
  assert.equal(answer.status, 201, await answer.clone().text());
  return ((await answer.json()) as { id: string }).id;
}

async function page(path: string, { cookie }: Session = operator): Promise<string> {
  return await (await app.request(path, { headers: { cookie } })).text();
}

test('a pending decision is an approver’s, once; what is deployed afterwards was allowed by it', async () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  const wanted = { hub: 'probe', title: 'Go on with the old index', rationale: 'Cheap', stage: 'production', digest };
  const id = await made('/decision-records', wanted);
  assert.match(await page('/governance'), new RegExp(`To be decided</dt><dd class="value caution">1<[\\s\\S]*${id}`));
  assert.match(await page(`/governance/${id}`), /An approver decides this/);
  assert.equal((await send(operator, `/governance/${id}/decide`, { verdict: 'accepted' })).status, 403);
  assert.equal((await send(approver, `/governance/${id}/decide`, { verdict: 'maybe' })).status, 422);
  const yes = await send(approver, `/governance/${id}/decide`, { verdict: 'accepted', rationale: 'Measured it' });
  assert.equal(await led(yes), `/governance/${id}`);
  assert.equal((await send(approver, `/governance/${id}/decide`, { verdict: 'rejected' })).status, 409);
  const read = (await (await ask('GET', `/decision-records/${id}`)).json()) as Record<string, unknown>;
  assert.deepEqual(
    [read.status, read.decided_by, read.rationale],
    ['accepted', 'approver@example.org', 'Cheap\n\nMeasured it'],
  );
  await ask('POST', '/events', deployRun({ ...run, runId: 'r2', digest }), batched);
  await deps.projector.wake();
  const { items } = (await (await ask('GET', `/deployment-records?digest=${digest}`)).json()) as {
    items: { decision_id: string }[];
  };
  assert.equal(items[0]?.decision_id, id);
});

test('a proposal gets a person’s verdict; accepted it is a candidate that names the agent, never more', async () => {
  const agent_id = await made('/agents', { name: 'distiller' });
  const proposal = { hub: 'probe', agent_id, kind: 'candidate', title: 'Retry the probe', body: 'Seen three times' };
  const [good, bad] = [await made('/proposals', proposal), await made('/proposals', { ...proposal, title: 'Rewrite' })];
  assert.match(await page('/agent-audit'), new RegExp(`/agent-audit/${good}`));
  assert.equal(
    await led(await send(operator, `/agent-audit/${good}/verdict`, { verdict: 'accepted' })),
    `/agent-audit/${good}`,
  );
  assert.equal((await send(operator, `/agent-audit/${good}/verdict`, { verdict: 'rejected' })).status, 409);
  await led(await send(operator, `/agent-audit/${bad}/verdict`, { verdict: 'rejected' }));
  const candidates = await deps.database.query<{ title: string; body: string; status: string }>(
    `select c.title, c.body, c.status from requirement_candidates c join proposals p on p.candidate_id = c.id`,
  );
  assert.deepEqual(candidates, [
    { title: 'Retry the probe', body: 'Proposed by distiller.\n\nSeen three times', status: 'open' },
  ]);
});

test('a person adds every link of the chain by hand, and its lineage shows it', async () => {
  const [seen] = await deps.database.query<{ id: string }>(`select id from interaction_events order by seq limit 1`);
  const add = async (at: string, form: Record<string, string>) => led(await send(operator, `${at}/add`, form));
  const annotation = await add(`/lineage/interaction/${seen?.id}`, { title: 'Slow at noon', choice: 'low' });
  const candidate = await add(annotation, { title: 'Fast at noon', text: 'p95 below 1 s', choice: 'high' });
  assert.equal((await send(operator, `${candidate}/add`, { title: 'x' })).status, 404, 'triage decides what follows');
  await led(
    await send(operator, candidate.replace('/lineage/candidate', '/triage').concat('/resolve'), { to: 'accepted' }),
  );
  const [requirement] = await deps.database.query<{ id: string }>('select id from requirements');
  const decision = await add(`/lineage/requirement/${requirement?.id}`, { title: 'Cache it', text: 'Cheapest' });
  const [deployment] = await deps.database.query<{ id: string }>(
    'select id from deployment_records order by seq limit 1',
  );
  const outcome = await add(`/lineage/deployment/${deployment?.id}`, { title: 'p95 is 0.4 s', choice: 'improved' });
  const learning = await add(outcome, { title: 'Measure at noon', text: 'Nobody looked' });
  const link = (to: string) => send(operator, `${decision}/link`, { to, relation: 'carried out by' });
  assert.equal(
    (await link(`https://hub.test/lineage/deployment/${'0'.repeat(8)}-0000-4000-8000-000000000000`)).status,
    422,
  );
  assert.equal((await link('https://hub.test/lineage/nothing')).status, 422);
  await led(await link(`https://hub.test/lineage/deployment/${deployment?.id}`));
  for (const from of [`/lineage/interaction/${seen?.id}`, learning]) {
    const text = await page(from);
    const titles = ['Slow at noon', 'Fast at noon', 'Cache it', 'p95 is 0.4 s', 'Measure at noon'];
    for (const title of titles) assert.ok(text.includes(title), `${title} from ${from}`);
  }
  const log = await deps.database.query<{ action: string }>('select action from audit_log');
  for (const action of ['annotation.create', 'candidate.create', 'learning.create', 'link.create']) {
    assert.ok(
      log.some((line) => line.action === action),
      action,
    );
  }
  assert.doesNotMatch(
    await page(`/lineage/interaction/${seen?.id}`, await signIn(deps, 'viewer')),
    /Add to the record/,
  );
});

test('images are seen where they are packed and pushed; the board shows what the gate said last', async () => {
  const image = {
    hub: 'probe',
    stage: 'production',
    runid: 'r3',
    content: {},
    customData: { digest: digestA, tag: 'abc1234' },
  };
  const gate = (outcome: string, time: string) =>
    cdEvent('testsuiterun.finished', {
      hub: 'probe',
      stage: 'production',
      time,
      content: { testSuite: { id: 'gate', name: 'gate' }, outcome, ...(outcome === 'fail' && { reason: 'no room' }) },
    });
  const events = [
    cdEvent('artifact.packaged', image),
    cdEvent('artifact.published', image),
    gate('fail', '2026-01-01T00:00:00Z'),
    gate('pass', '2026-01-01T00:05:00Z'),
    cloudEvent({ id: 'last' }),
  ];
  assert.equal((await ask('POST', '/events', events, batched)).status, 200);
  await deps.projector.wake();
  const seen = await deps.database.query<{ summary: string; digest: string }>(
    `select i.summary, i.data ->> 'digest' as digest from interaction_events i join widgets w on w.id = i.widget_id
     where w.kind = 'artifact' order by i.seq`,
  );
  assert.deepEqual(seen, [
    { summary: 'abc1234 packaged', digest: digestA },
    { summary: 'abc1234 published', digest: digestA },
  ]);
  assert.match(await page('/deployments'), /<\/svg>GO<\/span>[^\n]*>gate<\/a>/);
});

test('a workplan shows the progress that names it or a task of it', async () => {
  const markdown = `---\nid: WP-1\ntitle: First\nstate_hub_workstream_id: ws-9\n---\n### R1 — Do\n\n\`\`\`task\nid: R1\nstate_hub_task_id: t-4\n\`\`\`\n`;
  assert.equal((await ask('PUT', '/workplans', { markdown })).status, 200);
  const said = {
    'Began the plan': { workstream_id: 'ws-9' },
    'Did the task': { task_id: 't-4' },
    Elsewhere: { task_id: 't-5' },
  };
  for (const [summary, place] of Object.entries(said)) {
    assert.equal((await ask('POST', '/progress', { summary, hub: 'probe', ...place })).status, 201);
  }
  await deps.projector.wake();
  const text = await page('/workplans/WP-1');
  assert.deepEqual(
    Object.keys(said).map((summary) => text.includes(summary)),
    [true, true, false],
  );
});

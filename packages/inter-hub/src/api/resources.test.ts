import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '../resources/index.ts';
import { digestA } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';

const { client, deps } = await testHub();
const admin = await client(['admin']);
await admin('POST', '/hubs', { slug: 'probe', name: 'Probe' });

async function made(path: string, body: Record<string, unknown>): Promise<Record<string, unknown> & { id: string }> {
  const answer = await admin('POST', path, body);
  assert.equal(answer.status, 201, `${path}: ${await answer.clone().text()}`);
  return (await answer.json()) as Record<string, unknown> & { id: string };
}

test('the chain by hand, from a widget to a learning, and its lineage both ways', async () => {
  const hub = 'probe';
  const widget = await made('/widgets', { hub, slug: 'home', name: 'Home page', kind: 'page' });
  const occurred_at = '2026-01-01T10:00:00Z';
  const event = { hub, widget_id: widget.id, kind: 'click', summary: 'Clicked', occurred_at, outcome: 'failure' };
  const interaction = await made('/interaction-events', event);
  const annotation = await made('/annotations', { hub, interaction_event_id: interaction.id, body: 'It is slow' });
  const candidate = await made('/requirement-candidates', { hub, title: 'Faster home page' });
  const requirement = await made('/requirements', { hub, candidate_id: candidate.id, title: 'Below 100 ms' });
  const decision = await made('/decision-records', { hub, requirement_id: requirement.id, title: 'Cache it' });
  const deployment = await made('/deployment-records', {
    hub,
    stage: 'production',
    digest: digestA,
    decision_id: decision.id,
  });
  const outcome = await made('/outcome-signals', {
    hub,
    deployment_id: deployment.id,
    kind: 'latency',
    verdict: 'improved',
    summary: '80 ms',
    observed_at: occurred_at,
  });
  const learning = await made('/learnings', { hub, outcome_id: outcome.id, title: 'Caches help', tags: ['speed'] });
  const link = {
    from_kind: 'annotation',
    from_id: annotation.id,
    to_kind: 'candidate',
    to_id: candidate.id,
    relation: 'led to',
  };
  assert.equal((await admin('POST', '/links', link)).status, 201);

  for (const [kind, id] of [
    ['widget', widget.id],
    ['requirement', requirement.id],
    ['learning', learning.id],
  ]) {
    const lineage = (await (await admin('GET', `/lineage/${kind}/${id}`)).json()) as { nodes: { kind: string }[] };
    assert.deepEqual(
      lineage.nodes.map((node) => node.kind),
      [
        'widget',
        'interaction',
        'annotation',
        'candidate',
        'requirement',
        'decision',
        'deployment',
        'outcome',
        'learning',
      ],
      `from the ${kind}`,
    );
  }
});

test('what happened cannot be changed', async () => {
  for (const table of [
    'interaction_events',
    'annotations',
    'outcome_signals',
    'learnings',
    'record_links',
    'audit_log',
  ]) {
    await assert.rejects(deps.database.query(`delete from ${table}`), /append-only/, table);
  }
});

test('every kind of record lists, filters, exports and refuses unknown filters', async () => {
  for (const resource of resources) {
    const list = await admin('GET', `/${resource.name}?limit=1`);
    assert.equal(list.status, 200, resource.name);
    assert.equal((await admin('GET', `/${resource.name}?format=csv`)).status, 200, resource.name);
    assert.equal((await admin('GET', `/${resource.name}?nothing=1`)).status, 422, resource.name);
    for (const filter of resource.filters) {
      const hostile = await admin('GET', `/${resource.name}?${filter}=${encodeURIComponent("' or 1=1; --")}`);
      assert.ok([200, 422].includes(hostile.status), `${resource.name} by ${filter}`);
      if (hostile.status === 200) {
        assert.deepEqual(((await hostile.json()) as { items: unknown[] }).items, [], `${resource.name} by ${filter}`);
      }
    }
  }
});

test('hostile cursors, limits and ids are refused', async () => {
  for (const query of [
    'cursor=1',
    'cursor=c1 or 1=1',
    'limit=0',
    'limit=1e9',
    'limit=1&limit=2',
    'format=xml',
    'kind=%00',
  ]) {
    assert.equal((await admin('GET', `/widgets?${query}`)).status, 422, query);
  }
  for (const id of ['1', "' or 1=1", '%00', '../hubs']) {
    assert.equal((await admin('GET', `/widgets/${encodeURIComponent(id)}`)).status, 404, id);
  }
});

test('the same Idempotency-Key makes one record, even at once; with another body 409', async () => {
  const body = { hub: 'probe', slug: 'once', name: 'Once', kind: 'panel' };
  const key = { 'idempotency-key': 'widget-once' };
  const answers = await Promise.all([1, 2, 3].map(() => admin('POST', '/widgets', body, key)));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 200, 201]);
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
  assert.equal(new Set(ids).size, 1);
  assert.equal((await admin('POST', '/widgets', { ...body, name: 'Other' }, key)).status, 409);
  assert.equal((await admin('POST', '/widgets', body)).status, 409, 'without the key the slug is taken');
});

test('a decision once superseded, like an approval once given, stays', async () => {
  const decision = await made('/decision-records', { hub: 'probe', title: 'Use it' });
  assert.equal((await admin('PATCH', `/decision-records/${decision.id}`, { status: 'superseded' })).status, 200);
  assert.equal((await admin('PATCH', `/decision-records/${decision.id}`, { title: 'Other' })).status, 409);
  assert.equal((await admin('PATCH', `/decision-records/${decision.id}`, { status: 'accepted' })).status, 422);
});

test('every write is in the audit log', async () => {
  const before = await deps.database.query('select seq from audit_log');
  const widget = await made('/widgets', { hub: 'probe', slug: 'audited', name: 'A', kind: 'panel' });
  await admin('PATCH', `/widgets/${widget.id}`, { name: 'B' });
  const after = await deps.database.query<{ action: string }>('select action from audit_log order by seq');
  assert.deepEqual(
    after.slice(before.length).map((row) => row.action),
    ['widget.create', 'widget.update'],
  );
});

test('capabilities keep their order and form', async () => {
  const manifest = await made('/hub-capability-manifests', {
    hub: 'probe',
    version: '1.0.0',
    capabilities: ['a', { b: 1 }],
  });
  assert.deepEqual(manifest.capabilities, ['a', { b: 1 }]);
});

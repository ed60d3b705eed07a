import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineageOf } from '../chain/lineage.ts';
import { cdEvent, cloudEvent, deployRun, digestA, digestB } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';

const { client, deps } = await testHub();
const ask = await client(['hub:*:write']);
const db = deps.database;

async function send(events: readonly unknown[]): Promise<void> {
  const answer = await ask('POST', '/events', events, { 'content-type': 'application/cloudevents-batch+json' });
  assert.equal(answer.status, 200, await answer.clone().text());
  await deps.projector.wake();
}

async function rows<Row extends object>(sql: string, ...values: unknown[]): Promise<Row[]> {
  return db.query<Row>(sql, values);
}

async function one<Row extends object>(sql: string, ...values: unknown[]): Promise<Row> {
  const [row] = await rows<Row>(sql, ...values);
  assert.ok(row, sql);
  return row;
}

test('a good run becomes a run with timed steps, a deployment and its outcome', async () => {
  await send(
    deployRun({ hub: 'good', stage: 'production', runId: 'run-1', tag: 'abc1234', digest: digestA, ok: true }),
  );
  const run = await one<{ status: string; ms: number }>(
    `select status, extract(epoch from finished_at - started_at)::int as ms from runs where run_id = 'run-1'`,
  );
  assert.deepEqual(run, { status: 'succeeded', ms: 45 });
  const steps = await rows<{ name: string; s: number }>(
    `select name, extract(epoch from finished_at - started_at)::int as s from run_steps where run_id = 'run-1' order by position`,
  );
  assert.deepEqual(steps, [
    { name: 'build', s: 17 },
    { name: 'push', s: 6 },
    { name: 'roll-out', s: 12 },
  ]);
  const deployment = await one<{ digest: string; tag: string; kind: string; verdict: string; outcome: string }>(
    `select d.digest, d.tag, d.kind, o.verdict, o.kind as outcome from deployment_records d
     join outcome_signals o on o.deployment_id = d.id where d.run_id = 'run-1'`,
  );
  assert.deepEqual(deployment, { digest: digestA, tag: 'abc1234', kind: 'deploy', verdict: 'met', outcome: 'smoke' });
});

test('the same failure twice is one candidate of two occurrences, numbers aside; its fix follows it', async () => {
  const facts = { hub: 'flaky', stage: 'production', tag: 'bad', digest: digestB, ok: false };
  await send(deployRun({ ...facts, runId: 'run-2', cause: 'pod 10.0.0.7 not ready after 31 s' }));
  await send(deployRun({ ...facts, runId: 'run-3', cause: 'pod 10.0.0.9 not ready after 44 s' }));
  const candidates = await rows<{ id: string; occurrences: number; weight: number; title: string }>(
    `select c.id, c.occurrences, c.weight, c.title from requirement_candidates c join hubs h on h.id = c.hub_id
     where h.slug = 'flaky' order by c.seq`,
  );
  assert.deepEqual(
    candidates.map(({ occurrences, weight }) => [occurrences, weight]),
    [[2, 8]],
  );
  const failed = await rows(`select 1 from deployment_records d join hubs h on h.id = d.hub_id
    where h.slug = 'flaky' and d.status = 'rolled_back'`);
  assert.equal(failed.length, 2);

  await send(deployRun({ ...facts, runId: 'run-4', tag: 'fix', digest: digestA, ok: true }));
  const failure = await one<{ id: string }>(
    `select id from interaction_events where kind = 'check' and correlation_id = 'run-2'`,
  );
  const lineage = await lineageOf(db, 'interaction', failure.id);
  const kinds = lineage?.nodes.map((node) => node.kind);
  assert.deepEqual(
    new Set(kinds),
    new Set(['widget', 'interaction', 'annotation', 'candidate', 'deployment', 'outcome']),
  );
  assert.ok(lineage?.nodes.some((node) => node.kind === 'deployment' && node.title.includes('fix')));
});

test('a rollback undoes the deployment before it, with a regressed outcome', async () => {
  const common = { hub: 'undo', stage: 'production', author: 'ops' };
  const deployed = (tag: string, digest: string) =>
    cdEvent('service.deployed', {
      ...common,
      content: { environment: { id: 'production' } },
      customData: { tag, digest },
    });
  await send([deployed('v1', digestA), deployed('v2', digestB)]);
  await send([cdEvent('service.rolledback', { ...common, content: {}, customData: { tag: 'v1', digest: digestA } })]);
  const deployments = await rows<{ tag: string; kind: string; status: string }>(
    `select d.tag, d.kind, d.status from deployment_records d join hubs h on h.id = d.hub_id where h.slug = 'undo' order by d.seq`,
  );
  assert.deepEqual(deployments, [
    { tag: 'v1', kind: 'deploy', status: 'succeeded' },
    { tag: 'v2', kind: 'deploy', status: 'rolled_back' },
    { tag: 'v1', kind: 'rollback', status: 'succeeded' },
  ]);
  const outcome = await one<{ verdict: string; tag: string }>(
    `select o.verdict, d.tag from outcome_signals o join deployment_records d on d.id = o.deployment_id where o.kind = 'rollback'`,
  );
  assert.deepEqual(outcome, { verdict: 'regressed', tag: 'v2' });
});

test('a NO-GO gate opens an item and says nothing of a deployment', async () => {
  await send([
    cdEvent('testsuiterun.finished', {
      hub: 'gated',
      stage: 'production',
      content: { testSuite: { name: 'gate' }, outcome: 'fail', reason: 'registry not reachable' },
    }),
  ]);
  const item = await one<{ title: string; kind: string }>(
    `select c.title, a.kind from requirement_candidates c join hubs h on h.id = c.hub_id
     join candidate_annotations ca on ca.candidate_id = c.id join annotations a on a.id = ca.annotation_id
     where h.slug = 'gated'`,
  );
  assert.deepEqual(item, { title: 'NO-GO on production: registry not reachable', kind: 'gate' });
});

test('an incident marks the deployment on the stage; its end with a cause teaches something', async () => {
  const common = { hub: 'burning', stage: 'production', subjectId: 'inc-1' };
  await send([
    cdEvent('service.deployed', {
      ...common,
      content: { environment: { id: 'production' } },
      customData: { digest: digestA },
    }),
    cdEvent('incident.detected', { ...common, content: { description: 'Pages are slow' } }),
    cdEvent('incident.resolved', {
      ...common,
      content: { description: 'Pages are slow' },
      customData: { cause: 'missing index' },
    }),
  ]);
  const outcomes = await rows<{ verdict: string }>(
    `select o.verdict from outcome_signals o join hubs h on h.id = o.hub_id where h.slug = 'burning' order by o.seq`,
  );
  assert.deepEqual(
    outcomes.map(({ verdict }) => verdict),
    ['regressed', 'improved'],
  );
  const learning = await one<{ cause: string }>('select cause from learnings');
  assert.equal(learning.cause, 'missing index');
});

test('the end of a run before its start still gives one run that has ended', async () => {
  const events = deployRun({ hub: 'late', stage: 'local', runId: 'run-9', tag: 't', digest: digestA, ok: true });
  await send([...events].reverse());
  const run = await one<{ status: string; ms: number }>(
    `select status, extract(epoch from finished_at - started_at)::int as ms from runs where run_id = 'run-9'`,
  );
  assert.deepEqual(run, { status: 'succeeded', ms: 45 });
  const open = await rows(`select 1 from run_steps where run_id = 'run-9' and status = 'running'`);
  assert.equal(open.length, 0);
});

test('events of unknown types are interactions; those of no hub stay events', async () => {
  await send([cloudEvent({ hub: 'else', type: 'com.example.build.queued', summary: 'Queued' })]);
  const seen = await one<{ summary: string; slug: string }>(
    `select i.summary, w.slug from interaction_events i join widgets w on w.id = i.widget_id where i.kind = 'com.example.build.queued'`,
  );
  assert.deepEqual(seen, { summary: 'Queued', slug: 'event-com.example.build' });
  await send([cloudEvent({ hub: undefined, type: 'com.example.nowhere' })]);
  assert.equal((await rows(`select 1 from interaction_events where kind = 'com.example.nowhere'`)).length, 0);
});

test('no data inside an event stops the mapping', async () => {
  const kinds = [
    'pipelinerun.finished',
    'taskrun.finished',
    'service.deployed',
    'testsuiterun.finished',
    'incident.detected',
  ];
  const hostile = fc.sample(fc.tuple(fc.constantFrom(...kinds), fc.jsonValue({ depthSize: 'small' })), {
    numRuns: 60,
    seed: 7,
  });
  const events = hostile.map(([kind, data]) => ({ ...cdEvent(kind, { hub: 'hostile' }), data }));
  const stored = events.filter(
    (event) => !JSON.stringify(event).includes('\\u0000') && !/\\ud[89a-f]/i.test(JSON.stringify(event)),
  );
  await send(stored);
  await send([cloudEvent({ hub: 'hostile', type: 'last' })]);
  assert.equal((await rows(`select 1 from interaction_events where kind = 'last'`)).length, 1);
  assert.deepEqual(await rows('select error from projection_errors'), []);
});

test('mapping the same events twice is impossible: two projectors at once, each event once', async () => {
  const { createProjector } = await import('../chain/projector.ts');
  const second = createProjector(db, deps.logger);
  const events = Array.from({ length: 300 }, (_, n) => cloudEvent({ hub: 'race', type: 'race.n', summary: String(n) }));
  await ask('POST', '/events', events, { 'content-type': 'application/cloudevents-batch+json' });
  await Promise.all([deps.projector.wake(), second.wake(), deps.projector.wake()]);
  const [{ n } = { n: 0 }] = await rows<{ n: number }>(
    `select count(*) as n from interaction_events where kind = 'race.n'`,
  );
  assert.equal(n, 300);
});

test('the rates by hour are the counts of the table', async () => {
  const [{ a, b } = { a: 0, b: 1 }] = await rows<{ a: number; b: number }>(
    'select (select sum(events) from interaction_rates)::bigint as a, (select count(*) from interaction_events) as b',
  );
  assert.equal(a, b);
});

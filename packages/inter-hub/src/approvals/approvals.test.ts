import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestA, digestB } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { decideApproval, expire } from './approvals.ts';

const { client, deps, advance } = await testHub();
const ask = await client(['hub:probe:write']);
const person = { kind: 'user', name: 'ada@example.org' } as const;

type Approval = { id: string; status: string; link: string; decided_by: string | null };

async function request(
  digest = digestA,
  more: Record<string, unknown> = {},
): Promise<{ status: number; approval: Approval }> {
  const body = { hub: 'probe', stage: 'production', digest, requested_by: 'ops@example.org', tag: 'abc1234', ...more };
  const answer = await ask('POST', '/approvals', body);
  return { status: answer.status, approval: (await answer.json()) as Approval };
}

async function read(id: string): Promise<Approval> {
  return (await (await ask('GET', `/approvals/${id}`)).json()) as Approval;
}

function decide(id: string, verdict: 'approved' | 'rejected') {
  return deps.database.transaction((db) => decideApproval(db, id, verdict, person, 'looked at it', deps.clock()));
}

test('a question is asked once, answered once, and becomes a decision of the chain', async () => {
  const first = await request();
  assert.equal(first.status, 201);
  assert.equal(first.approval.link, `http://hub.test/approvals/${first.approval.id}`);
  const again = await request();
  assert.equal(again.status, 200);
  assert.equal(again.approval.id, first.approval.id);
  assert.equal(await decide(first.approval.id, 'approved'), true);
  assert.equal(await decide(first.approval.id, 'rejected'), false);
  const read1 = await read(first.approval.id);
  assert.deepEqual([read1.status, read1.decided_by], ['approved', 'ada@example.org']);
  const decisions = (await (await ask('GET', `/decision-records?approval_id=${first.approval.id}`)).json()) as {
    items: { status: string; digest: string; kind: string }[];
  };
  assert.deepEqual(
    decisions.items.map(({ status, digest, kind }) => [status, digest, kind]),
    [['accepted', digestA, 'approval']],
  );
});

test('of two people at once one decides', async () => {
  const { approval } = await request(digestB);
  const verdicts = await Promise.all([decide(approval.id, 'approved'), decide(approval.id, 'rejected')]);
  assert.deepEqual(verdicts.sort(), [false, true]);
});

test('a waiting client hears of the verdict over the stream', async () => {
  const { approval } = await request(digestA, { stage: 'canary' });
  const stream = await ask('GET', `/events/stream?subject=approvals/${approval.id}`);
  const text = (async () => {
    let read = '';
    for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
      read += new TextDecoder().decode(chunk);
      if (read.includes('inter-hub.approval.approved')) return read;
    }
    return read;
  })();
  await decide(approval.id, 'approved');
  assert.match(await text, /event: inter-hub\.approval\.approved/);
});

test('past its time it cannot be given any more, and a new one can be asked', async () => {
  const { approval } = await request(digestA, { stage: 'late', expires_in_s: 60 });
  advance(61_000);
  assert.equal(await decide(approval.id, 'approved'), false);
  await expire(deps.database, deps.clock());
  assert.equal((await read(approval.id)).status, 'expired');
  assert.equal((await request(digestA, { stage: 'late' })).status, 201);
});

test('past its time whoever follows it is told, once, though two hubs look', async () => {
  const { approval } = await request(digestA, { stage: 'unanswered', expires_in_s: 60 });
  advance(61_000);
  await Promise.all([1, 2].map(() => deps.database.transaction((db) => expire(db, deps.clock()))));
  const { items } = (await (await ask('GET', `/events?subject=approvals/${approval.id}`)).json()) as {
    items: { type: string; summary: string }[];
  };
  assert.deepEqual(
    items.map(({ type }) => type),
    ['inter-hub.approval.expired', 'inter-hub.approval.requested'],
  );
  assert.equal(items[0]?.summary, 'Nobody answered ops@example.org in time: probe on unanswered');
});

test('withdrawn by who asked; then nobody can give it', async () => {
  const { approval } = await request(digestA, { stage: 'other' });
  const stranger = await client(['hub:other:write']);
  assert.equal((await stranger('POST', `/approvals/${approval.id}/withdraw`)).status, 404, 'as if it were not there');
  assert.equal((await ask('POST', `/approvals/${approval.id}/withdraw`)).status, 200);
  assert.equal(await decide(approval.id, 'approved'), false);
  assert.equal((await ask('POST', `/approvals/${approval.id}/withdraw`)).status, 409);
});

test('a decided approval cannot be changed in the database either', async () => {
  await assert.rejects(
    deps.database.query(`update approvals set status = 'approved', digest = $1 where status = 'withdrawn'`, [digestB]),
    /was decided and cannot change/,
  );
});

test('no key gives an approval; only hub keys ask for one', async () => {
  const reader = await client(['framework:read']);
  assert.equal((await reader('POST', '/approvals', {})).status, 403);
  const { approval } = await request(digestA, { stage: 'x' });
  assert.equal((await ask('PATCH', `/approvals/${approval.id}`, { status: 'approved' })).status, 405);
});

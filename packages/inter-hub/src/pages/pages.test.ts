import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayAct, roles } from '../auth/roles.ts';
import { phases } from '../dashboards/phases.ts';
import { testHub } from '../testing/hub.ts';
import { fillHub } from '../testing/sampleHub.ts';
import { type Session, signIn } from '../testing/signIn.ts';
import { actions, pages } from './index.ts';
import { navigation } from './navigation.ts';

const { app, deps, client } = await testHub();
await fillHub(deps, await client(['admin']));
const sessions = Object.fromEntries(
  await Promise.all(roles.map(async (role) => [role, await signIn(deps, role)] as const)),
) as Record<(typeof roles)[number], Session>;

async function get(path: string, session: Session = sessions.admin): Promise<{ status: number; text: string }> {
  const answer = await app.request(path, { headers: { cookie: session.cookie } });
  return { status: answer.status, text: await answer.text() };
}

async function idOf(table: string): Promise<string> {
  const [row] = await deps.database.query<{ id: string }>(`select id from ${table} order by seq limit 1`);
  return row?.id ?? '';
}

/** A page's pattern with ids of records there are. */
async function real(path: string): Promise<string> {
  const tables: Record<string, string> = {
    '/interactions': 'interaction_events',
    '/triage': 'requirement_candidates',
    '/approvals': 'approvals',
    '/governance': 'decision_records',
    '/agent-audit': 'proposals',
  };
  const table = tables[`/${path.split('/')[1]}`] ?? 'interaction_events';
  return path
    .replace(':kind', 'interaction')
    .replace(':key', 'TEAM-WP-0007')
    .replace(':id{[0-9a-f-]{36}}', await idOf(table));
}

test('every page × every role: shown, or 403 where the role is too small; to the login without a session', async () => {
  for (const page of pages) {
    const path = await real(page.path);
    for (const role of roles) {
      const { status, text } = await get(path, sessions[role]);
      assert.equal(status, mayAct(role, page.role) ? 200 : 403, `${role} ${path}: ${text.slice(0, 300)}`);
    }
    const anonymous = await app.request(path);
    assert.equal(anonymous.status, 303, path);
    assert.equal(anonymous.headers.get('location'), `/login?next=${encodeURIComponent(path)}`);
  }
});

test('every action × every role: refused with 403 where the role is too small, never 5xx', async () => {
  for (const action of actions) {
    const path = action.path.replace(':id{[0-9a-f-]{36}}', '11111111-1111-4111-8111-111111111111');
    for (const role of roles) {
      const answer = await app.request(path, {
        method: 'POST',
        headers: {
          cookie: sessions[role].cookie,
          origin: 'http://hub.test',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ csrf: sessions[role].csrf }).toString(),
      });
      // Whoever is signed in may end their other sessions, without any field.
      if (path === '/settings/sessions/end') assert.equal(answer.status, 303);
      else if (mayAct(role, action.role))
        assert.ok([404, 422, 409].includes(answer.status), `${role} ${path} ${answer.status}`);
      else assert.equal(answer.status, 403, `${role} ${path}`);
    }
  }
});

test('all twelve dashboards are there, and every place of the navigation leads somewhere', async () => {
  for (const phase of phases) {
    const { status, text } = await get(`/${phase.slug}`);
    assert.equal(status, 200);
    assert.ok(text.includes(`<h1>${phase.title}</h1>`), phase.title);
  }
  for (const { places } of navigation) for (const { href } of places) assert.equal((await get(href)).status, 200, href);
  const linked = navigation.flatMap(({ places }) => places.map(({ href }) => href));
  for (const phase of phases) assert.ok(linked.includes(`/${phase.slug}`), phase.slug);
});

test('an empty hub shows what to do on every page', async () => {
  const bare = await testHub();
  const { cookie } = await signIn(bare.deps, 'admin');
  for (const { places } of navigation) {
    for (const { href } of places) {
      const answer = await bare.app.request(href, { headers: { cookie } });
      assert.equal(answer.status, 200, href);
      if (href !== '/settings') assert.match(await answer.text(), /class="empty"/, href);
    }
  }
});

test('no page has inline script or style, whatever was sent', async () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
  const ask = await client(['hub:*:write']);
  await ask('POST', '/progress', { summary: evil, hub: 'probe', author: evil });
  await deps.projector.wake();
  for (const page of pages.filter(({ path }) => !/export|audit\./.test(path))) {
    const path = await real(page.path);
    const { text } = await get(`${path}?hub=probe&q=${encodeURIComponent(evil)}&stage=${encodeURIComponent(evil)}`);
    assert.doesNotMatch(text, /<script(?! src="\/static\/)/, path);
    assert.doesNotMatch(text, / on\w+=(?!alert\(1\)&gt;)["']/, path);
    assert.doesNotMatch(text, /<[^>]+ style=/, path);
    assert.doesNotMatch(text, /<style/, path);
    assert.doesNotMatch(text, /<img src=x/, path);
  }
  assert.match((await get('/interactions')).text, /&lt;script&gt;alert/);
});

test('hostile filters and cursors never break a page', async () => {
  const hostile = [`' or 1=1 --`, '%00', '../../etc', '-1', '1e999', '[]', '\u202e', 'a'.repeat(5000)];
  for (const phase of phases) {
    for (const value of hostile) {
      const query = ['hub', 'stage', 'status', 'span', 'correlation', 'widget', 'page', 'q', 'consumer']
        .map((name) => `${name}=${encodeURIComponent(value)}`)
        .join('&');
      assert.equal((await get(`/${phase.slug}?${query}`)).status, 200, `${phase.slug} ${value.slice(0, 20)}`);
    }
    assert.equal((await get(`/${phase.slug}?cursor=bad`)).status, 422);
  }
});

test('figures on the pages are the counts of the database', async () => {
  const figure = (text: string, label: string): string =>
    new RegExp(`<dt>${label}</dt><dd class="value[^"]*">([^<]*)`).exec(text)?.[1] ?? `no ${label}`;
  const numberOf = async (sql: string): Promise<string> => {
    const [row] = await deps.database.query<{ n: number }>(sql);
    return new Intl.NumberFormat('en-GB').format(row?.n ?? -1);
  };
  const recent = `created_at > now() - interval '7 days'`;
  const interactions = (await get('/interactions')).text;
  assert.equal(
    figure(interactions, 'In 7 days'),
    await numberOf(`select count(*) as n from interaction_events where ${recent}`),
  );
  assert.equal(
    figure(interactions, 'Failed'),
    await numberOf(`select count(*) as n from interaction_events where ${recent} and outcome in ('failure', 'error')`),
  );
  const triage = (await get('/triage')).text;
  assert.equal(
    figure(triage, 'Open'),
    await numberOf(`select count(*) as n from requirement_candidates where status = 'open'`),
  );
  const governance = (await get('/governance')).text;
  assert.equal(
    figure(governance, 'Waiting for a yes'),
    await numberOf(`select count(*) as n from approvals where status = 'waiting'`),
  );
  const operations = (await get('/operations')).text;
  assert.equal(
    figure(operations, 'Running now'),
    await numberOf(`select count(*) as n from runs where status = 'running'`),
  );
  assert.equal(figure(operations, 'Hubs'), await numberOf('select count(*) as n from hubs'));
  const deployments = (await get('/deployments')).text;
  const n = await numberOf(
    `select count(*) as n from deployment_records where stage = 'production' and kind <> 'rollback'`,
  );
  assert.match(deployments, new RegExp(`<dt>Change failure rate</dt>.*?n = ${n}[,<]`, 's'));
  for (const row of await deps.database.query<{ slug: string }>('select slug from hubs')) {
    assert.ok(operations.includes(`>${row.slug}</a>`), row.slug);
  }
});

test('what came back is among what is learned from, as often as it came', async () => {
  const { text } = await get('/learning');
  const rows = await deps.database.query<{ id: string; occurrences: number }>(
    'select id, occurrences from requirement_candidates where occurrences > 1',
  );
  assert.ok(rows.length > 0);
  for (const { id, occurrences } of rows) {
    assert.match(text, new RegExp(`/lineage/candidate/${id}"(?:(?!<tr)[\\s\\S])*>${occurrences}</td>`));
  }
});

test('triage goes by weight, or by age', async () => {
  for (const [order, sql] of [
    ['', 'weight desc, created_at, seq'],
    ['age', 'created_at, seq'],
  ]) {
    const { text } = await get(`/triage?order=${order}`);
    const rows = await deps.database.query<{ id: string }>(
      `select id from requirement_candidates where status = 'open' order by ${sql}`,
    );
    const shown = [...text.matchAll(/<a href="\/triage\/([0-9a-f-]{36})"/g)].map(([, id]) => id);
    assert.deepEqual(
      shown,
      rows.map(({ id }) => id),
      order,
    );
  }
});

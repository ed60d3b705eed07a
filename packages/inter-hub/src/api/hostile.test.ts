import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testHub } from '../testing/hub.ts';
import { fillHub } from '../testing/sampleHub.ts';

const { app, deps, client } = await testHub();
const admin = await client(['admin'], { ratePerMinute: 1_000_000 });
await fillHub(deps, admin);

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
}
const { paths } = (await (await app.request('/api/v2/openapi.json')).json()) as {
  paths: Record<string, Record<string, Operation>>;
};

/** What would be true, cut short, slow, or another statement, wherever a value went into SQL as text. */
const injections = [
  `' or '1'='1`,
  `x') or true --`,
  `1; drop table hubs; --`,
  `' union select sha256::text from api_keys --`,
  `'||pg_sleep(5)||'`,
  String.raw`\'; select 1 --`,
];
const notFilters = ['limit', 'cursor', 'format', 'after'];

async function rows(): Promise<Record<string, number>> {
  const tables = await deps.database.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await deps.database.query<{ n: number }>(`select count(*) as n from ${name}`);
    counts[name] = row?.n ?? -1;
  }
  return counts;
}

test('no parameter of any route of the document becomes SQL', async () => {
  const { api_requests: _, ...before } = await rows();
  let tried = 0;
  for (const [path, operations] of Object.entries(paths)) {
    if (!operations.get || path.endsWith('/stream')) continue;
    const given = operations.get.parameters;
    for (const injection of injections) {
      const value = encodeURIComponent(injection);
      for (const { name } of given.filter((parameter) => parameter.in === 'query')) {
        const started = performance.now();
        const answer = await admin('GET', `${path.slice('/api/v2'.length)}?${name}=${value}`);
        const what = `${path}?${name}=${injection} → ${answer.status}`;
        tried += 1;
        assert.ok(performance.now() - started < 4000, `${what} slept`);
        if (notFilters.includes(name)) assert.equal(answer.status, 422, what);
        else assert.ok(answer.status === 200 || answer.status === 422, what);
        if (answer.status !== 200) continue;
        assert.deepEqual(((await answer.json()) as { items: unknown[] }).items, [], what);
      }
      if (given.some((parameter) => parameter.in === 'path')) {
        const real = path.slice('/api/v2'.length).replaceAll(/\{\w+\}/g, value);
        assert.equal((await admin('GET', real)).status, 404, real);
      }
    }
  }
  assert.ok(tried > 300, String(tried));
  const { api_requests: __, ...after } = await rows();
  assert.deepEqual(after, before);
});

test('what is SQL, script or formula in a body is kept as the text it is', async () => {
  for (const text of [...injections, '<svg onload=alert(1)>', '=1+1', '\u202Eevil', '😀'.repeat(50)]) {
    const made = await admin('POST', '/annotations', { hub: 'probe', body: text });
    assert.equal(made.status, 201, text);
    const { id } = (await made.json()) as { id: string };
    const read = (await (await admin('GET', `/annotations/${id}`)).json()) as { body: string };
    assert.equal(read.body, text);
  }
});

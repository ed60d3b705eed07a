import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';

import { withPostgres } from './postgres.ts';

async function tables(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS mine (id int)');
  await client.query('INSERT INTO mine VALUES (1)');
  const { rows } = await client.query('SELECT id FROM mine');
  await client.end();
  return rows;
}

test('each test has a database of its own', async () => {
  const rows = await Promise.all(Array.from({ length: 4 }, async () => await withPostgres(tables)));
  assert.deepEqual(rows, [[{ id: 1 }], [{ id: 1 }], [{ id: 1 }], [{ id: 1 }]]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeAtEnd, silent, testDatabase } from '../testing/postgres.ts';
import { checkSchema, type Migration, migrate, readMigrations, SchemaError } from './migrate.ts';
import { openDatabase } from './pool.ts';

const migrations = await readMigrations();

async function emptyDatabase() {
  const database = openDatabase({ url: await testDatabase({ migrated: false }), logger: silent });
  closeAtEnd(() => database.close());
  return database;
}

function extra(kind: Migration['kind'], sql: string): Migration {
  return { number: migrations.length + 1, name: 'extra', kind, sql, sha256: 'x' };
}

test('migrates an empty database once, and finds nothing to do the second time', async () => {
  const database = await emptyDatabase();
  assert.equal((await migrate(database, migrations)).length, migrations.length);
  assert.deepEqual(await migrate(database, migrations), []);
  await checkSchema(database, migrations);
});

test('comes up from every older version', async () => {
  for (let older = 0; older < migrations.length; older += 1) {
    const database = await emptyDatabase();
    await migrate(database, migrations.slice(0, older));
    await assert.rejects(checkSchema(database, migrations), /run "inter-hub migrate" first/);
    assert.equal((await migrate(database, migrations)).length, migrations.length - older);
  }
});

test('interrupted at any migration of any older version, it goes on from there', async () => {
  for (let older = 0; older < migrations.length; older += 1) {
    const database = await emptyDatabase();
    await migrate(database, migrations.slice(0, older));
    // The connection is lost when all of the next one is done but the note of it.
    const next = migrations[older] as Migration;
    const cut = { ...next, sql: `${next.sql}; select pg_terminate_backend(pg_backend_pid());` };
    await assert.rejects(migrate(database, migrations.with(older, cut)), /terminat/i);
    await assert.rejects(checkSchema(database, migrations), SchemaError);
    assert.equal((await migrate(database, migrations)).length, migrations.length - older);
    await checkSchema(database, migrations);
  }
});

test('four at once apply each migration once', async () => {
  const database = await emptyDatabase();
  const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database, migrations)));
  assert.equal(applied.flat().length, migrations.length);
});

test('many at once find or make the ledger, time after time', async () => {
  const database = await emptyDatabase();
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 8 }, () => migrate(database, [])));
    await database.query('drop table hub_migrations, hub_migration_lock');
  }
});

test('a migration that fails half-way leaves nothing behind and can be tried again', async () => {
  const database = await emptyDatabase();
  const broken = extra('expand', 'create table half (id integer); select 1 / 0;');
  await assert.rejects(migrate(database, [...migrations, broken]), /division by zero/);
  await checkSchema(database, migrations);
  const mended = extra('expand', 'create table half (id integer);');
  assert.deepEqual(await migrate(database, [...migrations, mended]), [
    `${String(broken.number).padStart(4, '0')}_extra`,
  ]);
});

test('a newer database is refused unless all that is newer only expands', async () => {
  const expanded = await emptyDatabase();
  await migrate(expanded, [...migrations, extra('expand', 'create table more (id integer)')]);
  await checkSchema(expanded, migrations);
  const contracted = await emptyDatabase();
  await migrate(contracted, [...migrations, extra('contract', 'drop table webhook_deliveries')]);
  await assert.rejects(checkSchema(contracted, migrations), (error) => {
    return error instanceof SchemaError && /newer than this hub/.test(error.message);
  });
});

test('a migration changed after it was applied is refused', async () => {
  const database = await emptyDatabase();
  await migrate(database, migrations);
  const [first, ...rest] = migrations;
  await assert.rejects(checkSchema(database, [{ ...first!, sha256: 'other' }, ...rest]), /was changed/);
});

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrationsDir } from '../files.ts';
import type { Database, Db } from './db.ts';

/** `expand` leaves older hubs working; `contract` and `irreversible` do not. */
export type MigrationKind = 'expand' | 'contract' | 'irreversible';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly kind: MigrationKind;
  readonly sql: string;
  readonly sha256: string;
}

interface LedgerRow {
  readonly number: number;
  readonly name: string;
  readonly kind: MigrationKind;
  readonly sha256: string;
}

/** The database and this hub do not fit each other. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** @throws Error for a file whose name has no number or whose first line does not say its kind */
export async function readMigrations(folder: string = migrationsDir): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const sql = await readFile(join(folder, file), 'utf8');
      const named = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
      const kind = /^-- railiance: (expand|contract|irreversible)\n/.exec(sql)?.[1];
      if (!named || !kind || Number(named[1]) !== index + 1) {
        throw new Error(`migration ${file}: needs the next number and a first line "-- railiance: expand"`);
      }
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { number: index + 1, name: named[2] ?? '', kind: kind as MigrationKind, sql, sha256 };
    }),
  );
}

/**
 * Brings the database up to this hub, each migration in a transaction of its own. Two at once wait for each other on
 * the row of `hub_migration_lock`: a lock inside the transaction holds behind a pooler too.
 * @returns the names of those applied now
 * @throws SchemaError as `checkSchema`; whatever a statement throws, with that migration taken back
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  await createLedger(database);
  const applied: string[] = [];
  for (const migration of migrations) {
    const done = await database.transaction(async (db) => {
      await db.query('select id from hub_migration_lock where id = 1 for update');
      const ledger = await readLedger(db);
      compare(ledger, migrations);
      if (ledger.some((row) => row.number === migration.number)) return false;
      await db.query(migration.sql);
      await db.query('insert into hub_migrations (number, name, kind, sha256) values ($1, $2, $3, $4)', [
        migration.number,
        migration.name,
        migration.kind,
        migration.sha256,
      ]);
      return true;
    });
    if (done) applied.push(`${String(migration.number).padStart(4, '0')}_${migration.name}`);
  }
  return applied;
}

/**
 * Whether this hub can run on that database. A newer schema is refused, except where every newer migration is an
 * expansion: those leave this version working, and a rollback must not be poisoned by them.
 * @throws SchemaError with what to do
 */
export async function checkSchema(db: Db, migrations: readonly Migration[]): Promise<void> {
  const [{ exists } = { exists: false }] = await db.query<{ exists: boolean }>(
    `select to_regclass('hub_migrations') is not null as exists`,
  );
  const ledger = exists ? await readLedger(db) : [];
  compare(ledger, migrations);
  const missing = migrations.filter((migration) => !ledger.some((row) => row.number === migration.number));
  if (missing.length > 0) {
    throw new SchemaError(`the database lacks ${missing.length} migrations: run "inter-hub migrate" first`);
  }
}

function compare(ledger: readonly LedgerRow[], migrations: readonly Migration[]): void {
  for (const row of ledger) {
    const own = migrations[row.number - 1];
    if (own === undefined && row.kind !== 'expand') {
      throw new SchemaError(
        `the database is newer than this hub: it has ${row.kind} migration ${row.number} (${row.name}); run that version or a later one`,
      );
    }
    if (own !== undefined && own.sha256 !== row.sha256) {
      throw new SchemaError(`migration ${row.number} (${row.name}) was changed after it had been applied`);
    }
  }
}

function readLedger(db: Db): Promise<LedgerRow[]> {
  return db.query<LedgerRow>('select number, name, kind, sha256 from hub_migrations order by number');
}

function createLedger(database: Database): Promise<void> {
  return database.transaction(async (db) => {
    // "if not exists" is not atomic: of several at once, some would fail on the table, its type or its row.
    await db.query(`select pg_advisory_xact_lock(hashtext('hub_migrations'))`);
    await db.query(`
      create table if not exists hub_migrations (
        number integer primary key, name text not null, kind text not null, sha256 text not null,
        applied_at timestamptz not null default now());
      create table if not exists hub_migration_lock (id integer primary key);
      insert into hub_migration_lock values (1) on conflict do nothing;`);
  });
}

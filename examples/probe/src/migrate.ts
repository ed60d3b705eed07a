/**
 * Brings the database to what this version needs: `node src/migrate.ts`. Forward only; safe to run by two at once, and to
 * kill at any instant and run again.
 *
 * Each migration is one transaction, and the first thing in it is its row in the ledger. That row is the lock: another
 * migrator that inserts the same one waits for this transaction, then finds it done, or, if this one died, does it itself.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

/** What a migration means for a rollback: after `expand` the version before still works, after the others it does not. */
type Kind = 'expand' | 'contract' | 'irreversible';

interface Migration {
  readonly name: string;
  readonly kind: Kind;
  readonly sql: string;
  readonly checksum: string;
}

const folder = new URL('../migrations/', import.meta.url);

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{3}_\w+\.sql$/.test(name)).sort();
  return await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      const kind = /^-- railiance: (expand|contract|irreversible)\n/.exec(sql)?.[1] as Kind | undefined;
      if (!kind) throw new Error(`${name} does not begin with "-- railiance: expand", "contract" or "irreversible"`);
      return { name, kind, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function openLedger(client: pg.Client): Promise<void> {
  const sql = `CREATE TABLE IF NOT EXISTS migrations (
    name text PRIMARY KEY, kind text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`;
  try {
    await client.query(sql);
  } catch (error) {
    // Two that create a table at once: PostgreSQL refuses one of them, and the table is there.
    if (!['23505', '42P07'].includes((error as { code?: string }).code ?? '')) throw error;
  }
}

/** An older version may be deployed again on a newer database, unless that lost something the older one needs. */
async function refuseNewer(client: pg.Client, known: readonly Migration[]): Promise<void> {
  const sql = "SELECT name, kind FROM migrations WHERE kind <> 'expand' AND name <> ALL ($1)";
  const [newer] = (await client.query<{ name: string; kind: Kind }>(sql, [known.map(({ name }) => name)])).rows;
  if (newer) throw new Error(`the database is newer than this version: ${newer.name} (${newer.kind})`);
}

/** False where it had been applied before. */
async function apply(client: pg.Client, { name, kind, sql, checksum }: Migration): Promise<boolean> {
  await client.query('BEGIN');
  try {
    const claim = 'INSERT INTO migrations (name, kind, checksum) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';
    const isOurs = (await client.query(claim, [name, kind, checksum])).rowCount === 1;
    if (isOurs) {
      // Better to fail than to stand in line for a table, with every request behind us.
      await client.query("SET LOCAL lock_timeout = '10s'");
      await client.query(sql);
    } else {
      const find = 'SELECT checksum FROM migrations WHERE name = $1';
      const [applied] = (await client.query<{ checksum: string }>(find, [name])).rows;
      if (applied?.checksum !== checksum) throw new Error('it was changed after it had been applied');
    }
    await client.query('COMMIT');
    return isOurs;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

const client = new pg.Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 10_000 });
// A server that goes away is reported by the query that was under way; without a listener it would end this at once.
client.on('error', () => {});
try {
  if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set');
  const migrations = await readMigrations();
  await client.connect();
  await openLedger(client);
  await refuseNewer(client, migrations);
  for (const migration of migrations) {
    const isNew = await apply(client, migration);
    process.stdout.write(`${migration.name} (${migration.kind}): ${isNew ? 'applied' : 'already there'}\n`);
  }
} catch (error) {
  process.stderr.write(`migrate: error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  await client.end().catch(() => {});
}

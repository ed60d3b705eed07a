import type { Pool } from 'pg';

export interface Probe {
  readonly id: number;
  readonly name: string;
  readonly created_at: Date;
}

/** Every deploy adds one of this name to see that the database takes writes; only the newest of them is kept. */
const smokeName = 'smoke';
const longestName = 100;
const shown = 100;

/** The name as it is stored, or undefined where it is none: 1 to 100 characters that can be seen. */
export function probeName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.trim();
  const isName = name !== '' && name.isWellFormed() && [...name].length <= longestName && !/\p{Cc}/u.test(name);
  return isName ? name : undefined;
}

/** The newest probes first. */
export async function listProbes(pool: Pool): Promise<readonly Probe[]> {
  const sql = 'SELECT id, name, created_at FROM probes ORDER BY created_at DESC, id DESC LIMIT $1';
  return (await pool.query<Probe>(sql, [shown])).rows;
}

export async function addProbe(pool: Pool, name: string): Promise<Probe> {
  const sql = `
    WITH pruned AS (DELETE FROM probes WHERE name = $1 AND name = $2)
    INSERT INTO probes (name) VALUES ($1) RETURNING id, name, created_at`;
  const [probe] = (await pool.query<Probe>(sql, [name, smokeName])).rows;
  if (!probe) throw new Error('the database returned no row');
  return probe;
}

import type { Db } from '../database/db.ts';
import type { Resource } from './resource.ts';

/**
 * SQL for records of the common form. Names of tables and columns come from resource definitions only, never from a
 * request; values are always parameters.
 */
export type Row = Record<string, unknown> & { readonly id: string; readonly seq: number };

export interface Selection {
  /** Column → value it must equal. */
  readonly where: Readonly<Record<string, unknown>>;
  /** Slugs whose records may be seen. */
  readonly hubs: 'all' | readonly string[];
  /** Only this hub's. */
  readonly hub?: string | undefined;
  readonly beforeSeq: number | null;
  readonly limit: number;
}

export function columnsOf(resource: Resource): string[] {
  return [...(hasHub(resource) ? ['hub'] : []), ...Object.keys(resource.fields), 'created_at'];
}

export function hasHub(resource: Resource): boolean {
  return resource.hub !== 'none';
}

function select(resource: Resource): string {
  const fields = Object.keys(resource.fields).map((name) => `t.${name}`);
  const hub = hasHub(resource) ? ['h.slug as hub'] : [];
  const join = hasHub(resource) ? ' left join hubs h on h.id = t.hub_id' : '';
  return `select t.seq, t.id, ${[...hub, ...fields].join(', ')}, t.created_at from ${resource.table} t${join}`;
}

/** Newest first. */
export function list(db: Db, resource: Resource, { where, hubs, hub, beforeSeq, limit }: Selection): Promise<Row[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = Object.entries(where).map(([column, value]) => `t.${column} = ${parameter(value)}`);
  const ownColumn = resource.table === 'hubs' ? 't.slug' : hasHub(resource) ? 'h.slug' : undefined;
  if (ownColumn !== undefined && hubs !== 'all') conditions.push(`${ownColumn} = any(${parameter(hubs)}::text[])`);
  if (ownColumn !== undefined && hub !== undefined) conditions.push(`${ownColumn} = ${parameter(hub)}`);
  if (beforeSeq !== null) conditions.push(`t.seq < ${parameter(beforeSeq)}`);
  const filter = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  return db.query<Row>(`${select(resource)}${filter} order by t.seq desc limit ${parameter(limit)}`, values);
}

export async function find(db: Db, resource: Resource, id: string): Promise<Row | undefined> {
  const [row] = await db.query<Row>(`${select(resource)} where t.id = $1`, [id]);
  return row;
}

export async function insert(db: Db, resource: Resource, values: Readonly<Record<string, unknown>>): Promise<Row> {
  const names = Object.keys(values);
  const places = names.map((_, index) => `$${index + 1}`);
  const [row] = await db.query<{ id: string }>(
    `insert into ${resource.table} (${names.join(', ')}) values (${places.join(', ')}) returning id`,
    names.map((name) => toSql(resource, name, values[name])),
  );
  return (await find(db, resource, row?.id ?? '')) as Row;
}

export async function update(
  db: Db,
  resource: Resource,
  id: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Row> {
  const names = Object.keys(values);
  if (names.length > 0) {
    const set = names.map((name, index) => `${name} = $${index + 2}`).join(', ');
    await db.query(`update ${resource.table} set ${set} where id = $1`, [
      id,
      ...names.map((name) => toSql(resource, name, values[name])),
    ]);
  }
  return (await find(db, resource, id)) as Row;
}

export async function hubIdOf(db: Db, slug: string): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>('select id from hubs where slug = $1', [slug]);
  return row?.id;
}

/** Whether a record is there and of that hub, so that nobody links to what they may not see. */
export async function belongsTo(db: Db, table: string, id: unknown, hubId: string): Promise<boolean> {
  return (await db.query(`select 1 from ${table} where id = $1 and hub_id = $2`, [id, hubId])).length > 0;
}

function toSql(resource: Resource, name: string, value: unknown): unknown {
  return resource.json?.includes(name) ? JSON.stringify(value) : value;
}

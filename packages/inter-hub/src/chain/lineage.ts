import type { Db } from '../database/db.ts';
import { recordKinds } from './records.ts';

export interface LineageNode {
  readonly kind: string;
  readonly id: string;
  readonly hub: string;
  readonly title: string;
  readonly state: string | null;
  readonly at: Date;
}

export interface LineageLink {
  readonly from_kind: string;
  readonly from_id: string;
  readonly to_kind: string;
  readonly to_id: string;
  readonly relation: string;
}

export interface Lineage {
  /** What led to it, itself, and what came of it, in the order of the chain. */
  readonly nodes: readonly LineageNode[];
  readonly links: readonly LineageLink[];
  /** There is more than is shown. */
  readonly truncated: boolean;
}

const mostLinksOfOne = 12;
const mostNodes = 200;
const mostSteps = 14;

/** Walks the chain from one record: back to its causes, and on to what came of it. */
export async function lineageOf(db: Db, kind: string, id: string): Promise<Lineage | undefined> {
  const start = `${kind} ${id}`;
  const [own] = await nodesOf(db, [start]);
  if (!own) return undefined;
  const back = await walk(db, start, backward);
  const on = await walk(db, start, forward);
  const links = [...new Map([...back.links, ...on.links].map((link) => [JSON.stringify(link), link])).values()];
  const nodes = await nodesOf(db, [...new Set([start, ...back.names, ...on.names])]);
  return { nodes, links, truncated: back.truncated || on.truncated };
}

async function walk(db: Db, start: string, query: string) {
  const names = new Set([start]);
  const links: LineageLink[] = [];
  let edge = [start];
  let truncated = false;
  for (let step = 0; step < mostSteps && edge.length > 0; step += 1) {
    const found = await db.query<LineageLink & { next: string }>(query, [
      edge.map((name) => name.split(' ')[0]),
      edge.map((name) => name.split(' ')[1]),
      mostLinksOfOne,
    ]);
    const fresh = found.map(({ next }) => next).filter((name) => !names.has(name));
    links.push(...found.map(({ next: _, ...link }) => link));
    truncated ||= found.length >= mostLinksOfOne * edge.length || names.size + fresh.length > mostNodes;
    edge = [...new Set(fresh)].slice(0, Math.max(0, mostNodes - names.size));
    for (const name of edge) names.add(name);
  }
  return { names, links, truncated };
}

const columns = 'l.from_kind, l.from_id, l.to_kind, l.to_id, l.relation';

const forward = `
  select ${columns}, l.to_kind || ' ' || l.to_id as next
  from unnest($1::text[], $2::uuid[]) as n (kind, id)
  cross join lateral (
    select * from links where from_kind = n.kind and from_id = n.id order by created_at desc limit $3) l`;

const backward = `
  select ${columns}, l.from_kind || ' ' || l.from_id as next
  from unnest($1::text[], $2::uuid[]) as n (kind, id)
  cross join lateral (
    select * from links where to_kind = n.kind and to_id = n.id order by created_at desc limit $3) l`;

async function nodesOf(db: Db, names: readonly string[]): Promise<LineageNode[]> {
  const wanted = recordKinds
    .map((record) => ({
      record,
      ids: names.filter((n) => n.startsWith(`${record.kind} `)).map((n) => n.split(' ')[1]),
    }))
    .filter(({ ids }) => ids.length > 0);
  const found = await Promise.all(
    wanted.map(({ record, ids }) =>
      db.query<LineageNode>(
        `select '${record.kind}' as kind, t.id, h.slug as hub, ${record.title} as title,
                (${record.state})::text as state, t.${record.at} as at
         from ${record.table} t join (select id as own_hub, slug from hubs) h on h.own_hub = t.hub_id
         where t.id = any($1::uuid[]) order by t.${record.at}`,
        [ids],
      ),
    ),
  );
  return found.flat();
}

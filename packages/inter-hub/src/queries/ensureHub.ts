import type { Db } from '../database/db.ts';

/** The id of a hub, made on first sight: an app that reports in is one. */
export async function ensureHub(db: Db, slug: string): Promise<string> {
  const [found] = await db.query<{ id: string }>('select id from hubs where slug = $1', [slug]);
  if (found) return found.id;
  const [made] = await db.query<{ id: string }>(
    'insert into hubs (slug, name) values ($1, $1) on conflict (slug) do update set slug = excluded.slug returning id',
    [slug],
  );
  return made?.id ?? '';
}

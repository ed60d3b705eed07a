import type { Db } from '../database/db.ts';

/** Slugs of every hub, in order; what filters offer. */
export async function hubSlugs(db: Db): Promise<string[]> {
  const rows = await db.query<{ slug: string }>('select slug from hubs order by slug limit 500');
  return rows.map(({ slug }) => slug);
}

import type { Db } from '../database/db.ts';
import { type EventRow, eventColumns } from '../live/eventRow.ts';

export async function findEvent(db: Db, seq: number): Promise<EventRow | undefined> {
  const [row] = await db.query<EventRow>(`select ${eventColumns} from events where seq = $1`, [seq]);
  return row;
}

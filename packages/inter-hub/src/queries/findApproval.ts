import type { Db } from '../database/db.ts';
import { type ApprovalRow, approvalColumns } from './approvalsList.ts';

export async function findApproval(db: Db, id: string, now: Date): Promise<ApprovalRow | undefined> {
  const [row] = await db.query<ApprovalRow>(
    `select ${approvalColumns} from approvals a join hubs h on h.id = a.hub_id where a.id = $2`,
    [now, id],
  );
  return row;
}

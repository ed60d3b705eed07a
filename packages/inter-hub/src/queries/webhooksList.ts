import type { Db } from '../database/db.ts';

export interface WebhookRow {
  readonly url: string;
  readonly types: readonly string[];
  readonly status: string;
}

export function webhooksList(db: Db): Promise<WebhookRow[]> {
  return db.query<WebhookRow>('select url, types, status from webhooks order by seq desc limit 100');
}

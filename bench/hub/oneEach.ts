/**
 * The hub with one INSERT and one commit for each event, on the hub's own pool: what group commit is measured against. Takes the hub's own environment.
 */
import { once } from 'node:events';
import { pino } from 'pino';
import { createApp } from '../../packages/inter-hub/src/app.ts';
import { assemble } from '../../packages/inter-hub/src/assemble.ts';
import { readConfig } from '../../packages/inter-hub/src/config.ts';
import { openDatabase } from '../../packages/inter-hub/src/database/pool.ts';
import { startServer } from '../../packages/inter-hub/src/http/startServer.ts';
import type { Ingest, Stored } from '../../packages/inter-hub/src/ingest/groupCommit.ts';

const config = readConfig(process.env);
const logger = pino({ level: 'silent' });
const database = openDatabase({ url: config.databaseUrl ?? '', logger });
const { deps } = await assemble({ config, sessionSecret: config.sessionSecret ?? '', database, logger });

const ingest: Ingest = {
  busy: true,
  store: (events, consumerId) =>
    Promise.all(
      events.map(async (event): Promise<Stored> => {
        const [row] = await database.query<{ seq: number; receivedAt: Date }>(
          `insert into events (source, event_id, form, type, subject, hub, stage, run_id, time, author, summary, body,
             consumer_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
           on conflict (source, event_id) do nothing returning seq, received_at as "receivedAt"`,
          [
            ...[event.source, event.id, event.form, event.type, event.subject, event.hub, event.stage, event.runId],
            ...[event.time, event.author, event.summary, event.bodyJson, consumerId],
          ],
        );
        return { result: 'stored', seq: row?.seq ?? 0, receivedAt: row?.receivedAt ?? new Date() };
      }),
    ),
};

deps.lifecycle.ready();
const app = createApp({ ...deps, ingest });
const server = startServer(app, 0, '127.0.0.1');
if (!server.listening) await once(server, 'listening');
const address = server.address();
process.stdout.write(`{"port":${typeof address === 'object' ? address?.port : 0}}\n`);
process.once('SIGTERM', () => process.exit(0));

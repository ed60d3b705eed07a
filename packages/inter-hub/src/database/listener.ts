import pg from 'pg';
import type { Logger } from 'pino';

const firstRetryMs = 200;
const longestRetryMs = 5000;

/**
 * One connection of its own that waits for NOTIFY, opened again for as long as it is wanted.
 * @throws when the first connection cannot be made
 */
export async function listen(
  url: string,
  channel: string,
  wake: () => void,
  logger: Logger,
): Promise<() => Promise<void>> {
  let stopped = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retryMs = firstRetryMs;

  const again = (): void => {
    if (stopped) return;
    timer = setTimeout(() => void open().then(wake, again), retryMs);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  };
  const open = async (): Promise<void> => {
    const opened = new pg.Client({ connectionString: url, application_name: 'inter-hub-listen' });
    let ended = false;
    const end = (error?: Error): void => {
      if (ended) return;
      ended = true;
      if (error) logger.warn({ err: error, channel }, 'listening connection lost');
      again();
    };
    let connected = false;
    opened.on('error', (error) => connected && end(error));
    opened.on('end', () => connected && end());
    opened.on('notification', wake);
    await opened.connect();
    connected = true;
    await opened.query(`listen ${pg.escapeIdentifier(channel)}`);
    client = opened;
    retryMs = firstRetryMs;
  };

  await open();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => undefined);
  };
}

import type pg from 'pg';

import { type Login, withConnection } from './connection.ts';

/**
 * Resolves when the server that answers at a login has gone, or the signal fires. A connection that says nothing ends the
 * moment its server does, so that nobody has to ask again and again.
 * @throws the server's own error where it cannot be reached in the first place
 */
export async function untilServerGone(login: Login, signal: AbortSignal): Promise<void> {
  await withConnection(login, async (client: pg.Client) => {
    await new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.once('error', () => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  });
}

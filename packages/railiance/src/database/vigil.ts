import type pg from 'pg';

import { type Login, withConnection } from './connection.ts';

/**
 * Resolves when the server that answers at a login has gone, or the signal fires. A connection that says nothing ends the
 * moment its server does, so that nobody has to ask again and again.
 * @throws the server's own error where it cannot be reached in the first place
 */
export async function untilServerGone(login: Login, signal: AbortSignal): Promise<void> {
  await withConnection(login, async (client: pg.Client) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    client.once('end', stop).once('error', stop);
    signal.addEventListener('abort', stop);
    if (!signal.aborted) await promise;
    // The signal may live as long as the agent, and see many a server.
    signal.removeEventListener('abort', stop);
  });
}

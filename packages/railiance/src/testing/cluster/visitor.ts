import { setTimeout as wait } from 'node:timers/promises';

import type { Route } from '../../engines/engine.ts';
import { fetchAt } from '../local/localFixture.ts';

/** Somebody who uses an app while it is changed. */
export interface Visitor {
  readonly answers: number;
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Asks without a pause until it is told to stop; every answer counts. */
export function visit(route: Route): Visitor {
  const seen = { answers: 0, failures: [] as string[] };
  let over = false;
  const asking = (async () => {
    while (!over) {
      const answer = await fetchAt(route, '/').catch((error: Error) => ({ status: 0, body: error.message }));
      seen.answers++;
      if (answer.status !== 200) seen.failures.push(`${answer.status} ${answer.body.slice(0, 80)}`);
      await wait(5);
    }
  })();
  return Object.assign(seen, {
    stop: async () => {
      over = true;
      await asking;
    },
  });
}

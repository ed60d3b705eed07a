import { setTimeout as sleep } from 'node:timers/promises';

import { problemOf } from '../../domain/failure.ts';
import { isStatus } from '../../kubernetes/apiError.ts';

const newForMs = 10_000;
const againAfterMs = 100;

/**
 * Makes a pod in a namespace that may have just been made: the API server admits none until the namespace's service account is
 * there, a moment later. @throws ApiError for any other reason, or after 10 s
 */
export async function untilAdmitted(create: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + newForMs;
  for (;;) {
    try {
      await create();
      return;
    } catch (error) {
      const isNew = isStatus(error, 403) && /error looking up service account/.test(problemOf(error));
      if (!isNew || performance.now() > untilMs) throw error;
      await sleep(againAfterMs, undefined, { signal });
    }
  }
}

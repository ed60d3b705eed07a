import { resources } from '../resources/index.ts';
import { resourceRoutes } from '../resources/routes.ts';
import { version } from '../version.ts';
import { openApi } from './openapi.ts';
import type { ApiRoute } from './route.ts';
import { createApproval, withdrawApproval } from './routes/approvals.ts';
import { documentRoute } from './routes/document.ts';
import { streamEvents } from './routes/eventStream.ts';
import { getEvent, listEvents, postEvents } from './routes/events.ts';
import { createKey, deleteKey, listKeys } from './routes/keys.ts';
import { createLink, getLineage } from './routes/lineage.ts';
import { listProgress, postProgress } from './routes/progress.ts';
import { changeWebhookSecret, createWebhook, testWebhook } from './routes/webhooks.ts';
import { syncWorkplan } from './routes/workplans.ts';

/** Every route of the API, in the order of the document; fixed paths come before those with parameters. */
export function apiRoutes(): ApiRoute[] {
  const routes: ApiRoute[] = [
    postEvents,
    listEvents,
    streamEvents,
    getEvent,
    postProgress,
    listProgress,
    createApproval,
    withdrawApproval,
    syncWorkplan,
    getLineage,
    createLink,
    listKeys,
    createKey,
    deleteKey,
    createWebhook,
    changeWebhookSecret,
    testWebhook,
    ...resources.flatMap(resourceRoutes),
  ];
  let document: Record<string, unknown> | undefined;
  const all = [
    ...routes,
    documentRoute(() => {
      document ??= openApi(all, version);
      return document;
    }),
  ];
  return all;
}

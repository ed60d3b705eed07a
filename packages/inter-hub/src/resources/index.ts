import { agents } from './agents.ts';
import { annotations } from './annotations.ts';
import { approvals } from './approvals.ts';
import { candidates } from './candidates.ts';
import { consumers } from './consumers.ts';
import { decisions } from './decisions.ts';
import { deployments } from './deployments.ts';
import { hubs } from './hubs.ts';
import { interactionEvents } from './interactionEvents.ts';
import { learnings } from './learnings.ts';
import { manifests } from './manifests.ts';
import { outcomes } from './outcomes.ts';
import { proposals } from './proposals.ts';
import { requirements } from './requirements.ts';
import type { Resource } from './resource.ts';
import { tasks } from './tasks.ts';
import { webhookDeliveries } from './webhookDeliveries.ts';
import { webhooks } from './webhooks.ts';
import { widgets } from './widgets.ts';
import { workplans } from './workplans.ts';

/** Every kind of record with routes of the common form. */
export const resources: readonly Resource[] = [
  hubs,
  manifests,
  consumers,
  widgets,
  interactionEvents,
  annotations,
  candidates,
  requirements,
  approvals,
  decisions,
  deployments,
  outcomes,
  learnings,
  workplans,
  tasks,
  agents,
  proposals,
  webhooks,
  webhookDeliveries,
];

import { adapters } from './adapters.ts';
import { agentAudit } from './agentAudit.ts';
import { aiFederation } from './aiFederation.ts';
import { api } from './api.ts';
import type { Dashboard } from './dashboard.ts';
import { deployments } from './deployments.ts';
import { federation } from './federation.ts';
import { governance } from './governance.ts';
import { interactions } from './interactions.ts';
import { learning } from './learning.ts';
import { operations } from './operations.ts';
import { registry } from './registry.ts';
import { triage } from './triage.ts';

/** The twelve, in the order of the phases. */
export const dashboards: readonly Dashboard[] = [
  interactions,
  triage,
  governance,
  deployments,
  agentAudit,
  adapters,
  operations,
  federation,
  api,
  registry,
  aiFederation,
  learning,
];

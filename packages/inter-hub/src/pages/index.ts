import { dashboards } from '../dashboards/index.ts';
import { dashboardPages } from '../dashboards/pages.ts';
import { endOtherSessions, setPassword } from './account.ts';
import { approvalPage, approve, reject } from './approval.ts';
import { approvalExports, approvalsPage } from './approvals.ts';
import { candidatePage, resolveAction } from './candidate.ts';
import { decideAction, decisionPage } from './decision.ts';
import { interactionPage } from './interaction.ts';
import { lineagePage, lineageStart } from './lineage.ts';
import { addAction, linkAction } from './lineageForms.ts';
import type { Action, Page } from './page.ts';
import { proposalPage, verdictAction } from './proposal.ts';
import { releaseExports, releasesPage } from './releases.ts';
import { searchPage } from './search.ts';
import { settingsPage } from './settings.ts';
import {
  auditExports,
  disableUser,
  dropKey,
  enableUser,
  inviteUser,
  makeKey,
  setRole,
  withdrawInvitation,
} from './settingsActions.ts';
import { hookActions } from './webhookActions.ts';
import { workplanPage, workplansPage } from './workplans.ts';

/** Every page behind the login. */
export const pages: readonly Page[] = [
  ...dashboards.flatMap(dashboardPages),
  interactionPage,
  candidatePage,
  decisionPage,
  proposalPage,
  approvalsPage,
  approvalPage,
  ...approvalExports,
  releasesPage,
  ...releaseExports,
  workplansPage,
  workplanPage,
  lineageStart,
  lineagePage,
  searchPage,
  settingsPage,
  ...auditExports,
];

/** Everything a form on them does. */
export const actions: readonly Action[] = [
  approve,
  reject,
  resolveAction,
  decideAction,
  verdictAction,
  addAction,
  linkAction,
  inviteUser,
  withdrawInvitation,
  setPassword,
  endOtherSessions,
  setRole,
  disableUser,
  enableUser,
  makeKey,
  dropKey,
  ...hookActions,
];

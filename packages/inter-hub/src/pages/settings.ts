import { mayAct } from '../auth/roles.ts';
import { hubSlugs } from '../queries/hubSlugs.ts';
import { html } from '../ui/html.ts';
import { accountPanel } from './account.ts';
import { auditPanel } from './auditPanel.ts';
import { keyPanel } from './keySettings.ts';
import { definePage } from './page.ts';
import { peoplePanel } from './peopleSettings.ts';
import { webhookPanel } from './webhookSettings.ts';

export const settingsPage = definePage({
  path: '/settings',
  role: 'viewer',
  render: async (request) => {
    const { deps, user } = request;
    if (!mayAct(user.role, 'admin')) {
      return {
        title: 'Settings',
        intro: 'People, keys, webhooks and the audit log are for administrators: ask one for another role or a key.',
        body: await accountPanel(request),
      };
    }
    const hubs = await hubSlugs(deps.database);
    const panels = await Promise.all([
      peoplePanel(request),
      keyPanel(request, hubs),
      webhookPanel(request, hubs),
      accountPanel(request),
      auditPanel(request),
    ]);
    return {
      title: 'Settings',
      intro: 'Who may do what, and who did.',
      body: html`${panels}`,
    };
  },
});

import { after } from 'node:test';

import { hubContract } from '../events/hub/contract.ts';
import { openFakeHub } from './fakeHub.ts';

hubContract('the fake hub', async () => {
  const hub = await openFakeHub();
  hub.refuses = ({ hub: app }) => typeof app !== 'string';
  after(() => hub.close());
  return {
    url: hub.url,
    key: hub.key,
    decide: async (link, verdict, comment) =>
      hub.decide(
        link.slice(link.lastIndexOf('/') + 1),
        verdict === 'approve' ? 'approved' : 'rejected',
        'bob',
        comment,
      ),
  };
});

import { after, before } from 'node:test';

import { type ClusterFixture, openClusterFixture } from '../../testing/cluster/clusterFixture.ts';
import { engineContract } from '../contract.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

engineContract('kubernetes engine', async () => fixture);

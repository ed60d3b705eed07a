import { after, before } from 'node:test';

import { findPrograms } from '../../exec/which.ts';
import { type ClusterFixture, openClusterFixture } from '../../testing/cluster/clusterFixture.ts';
import { changeContract } from '../contract/changes.ts';

/** Start, switch and retire once more with Helm 3, which the lab has as `helm3`; `helm` is its successor. */
const [helm3] = findPrograms('helm3');
if (helm3 === undefined) throw new Error('there is no helm3 in PATH');

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture(helm3);
});
after(() => fixture.close());

changeContract('kubernetes engine with Helm 3', async () => fixture);

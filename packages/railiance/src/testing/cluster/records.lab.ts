import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { homeAt } from '../../config/home.ts';
import { systemClock } from '../../domain/clock.ts';
import { createKubernetesLeaseStore } from '../../pipeline/kubernetesLeaseStore.ts';
import { createKubernetesRunStore } from '../../pipeline/kubernetesRunStore.ts';
import { leaseStoreContract } from '../../pipeline/leaseStoreContract.ts';
import { runStoreContract } from '../../pipeline/runStoreContract.ts';
import { releaseStoreContract } from '../../releases/contract.ts';
import { createKubernetesReleaseStore } from '../../releases/kubernetesReleaseStore.ts';
import { secretStoreContract } from '../../secrets/contract.ts';
import { createKubernetesSecretStore } from '../../secrets/kubernetesSecretStore.ts';
import { openLabCluster } from './clusterFixture.ts';

const lab = openLabCluster('records');
const directory = await mkdtemp(join(tmpdir(), 'railiance-records-'));
const home = homeAt({ RAILIANCE_HOME: directory });
let count = 0;
const place = () => ({ api: lab.api, namespace: `${lab.mark}-${count++}` });

after(async () => {
  await lab.clear();
  await rm(directory, { recursive: true, force: true });
});

leaseStoreContract('in a cluster', async () => createKubernetesLeaseStore(place()));
releaseStoreContract('in a cluster', async () => createKubernetesReleaseStore(place()));
secretStoreContract('in a cluster', async () => createKubernetesSecretStore(place()));
runStoreContract('in a cluster', async () => createKubernetesRunStore({ ...place(), home, clock: systemClock }));

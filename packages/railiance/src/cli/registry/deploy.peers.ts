import { after } from 'node:test';

import { startDistribution } from '../../testing/peerRegistries/distribution.ts';
import { deployContract } from './deployContract.ts';

const { host, close } = await startDistribution();
after(close);

deployContract("Debian's docker-registry", { host });

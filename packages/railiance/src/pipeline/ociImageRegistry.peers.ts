import { after } from 'node:test';
import { imageRegistryFixture } from '../testing/imageRegistryFixture.ts';
import { startDistribution } from '../testing/peerRegistries/distribution.ts';
import { imageRegistryContract } from './imageRegistryContract.ts';

const { host, close } = await startDistribution();
after(close);

imageRegistryContract("of Debian's docker-registry", await imageRegistryFixture(host));

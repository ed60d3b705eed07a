import { releaseStoreContract } from '../releases/contract.ts';
import { createMemoryReleaseStore } from './memoryReleaseStore.ts';

releaseStoreContract('memory', async () => createMemoryReleaseStore());

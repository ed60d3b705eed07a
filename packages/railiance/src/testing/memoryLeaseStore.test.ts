import { leaseStoreContract } from '../pipeline/leaseStoreContract.ts';
import { createMemoryLeaseStore } from './memoryLeaseStore.ts';

leaseStoreContract('memory', async () => createMemoryLeaseStore());

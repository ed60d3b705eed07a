import { secretStoreContract } from '../secrets/contract.ts';
import { createMemorySecretStore } from './memorySecretStore.ts';

secretStoreContract('memory', async () => createMemorySecretStore());

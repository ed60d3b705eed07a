import { systemClock } from '../domain/clock.ts';
import { runStoreContract } from '../pipeline/runStoreContract.ts';
import { createMemoryRunStore } from './memoryRunStore.ts';

runStoreContract('memory', async () => createMemoryRunStore({ clock: systemClock }));

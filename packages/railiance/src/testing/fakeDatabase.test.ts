import { databaseContract } from '../database/contract.ts';
import { createFakeDatabase } from './fakeDatabase.ts';

databaseContract('fake', async () => createFakeDatabase());

import { after, before } from 'node:test';

import { engineContract } from '../contract.ts';
import { type LocalFixture, openLocalFixture } from './testing/localFixture.ts';

let fixture: LocalFixture;
before(async () => {
  fixture = await openLocalFixture();
});
after(() => fixture.close());

engineContract('local engine', async () => fixture);

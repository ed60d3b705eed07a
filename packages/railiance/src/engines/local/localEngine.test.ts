import { after, before } from 'node:test';
import { type LocalFixture, openLocalFixture } from '../../testing/local/localFixture.ts';
import { engineContract } from '../contract.ts';

let fixture: LocalFixture;
before(async () => {
  fixture = await openLocalFixture();
});
after(() => fixture.close());

engineContract('local engine', async () => fixture);

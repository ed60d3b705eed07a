import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';

import type { DatabaseSpec } from '../domain/app.ts';
import { target } from '../domain/name.ts';
import { silent } from '../domain/progress.ts';
import type { DatabaseProvider } from './database.ts';

export const databaseSpec = (parts: Partial<DatabaseSpec> = {}): DatabaseSpec => ({
  name: 'probe',
  user: 'probe',
  migrateTimeoutMs: 60_000,
  scope: 'stage',
  ...parts,
});

/** What every database provider does. `open` gives the same one each time, or new ones; each test has its own names. */
export function databaseContract(name: string, open: () => Promise<DatabaseProvider>): void {
  describe(`database provider: ${name}`, () => {
    test('is ready once ensured, and ensured again it stays as it is', async () => {
      const provider = await open();
      await provider.ensure(silent);
      const status = await provider.status();
      assert.equal(status.running, true);
      assert.match(status.version ?? '', /^\d+\.\d+/);
      await provider.ensure(silent);
      assert.deepEqual(await provider.status(), status);
    });

    test('provisions once, and gives the same URL for ever', async () => {
      const provider = await open();
      const first = await provider.provision(target('once', 'canary'), databaseSpec({ name: 'once', user: 'once' }));
      const again = await provider.provision(target('once', 'canary'), databaseSpec({ name: 'once', user: 'once' }));
      assert.equal(first.created, true);
      assert.equal(again.created, false);
      assert.equal(again.url.reveal(), first.url.reveal());
      assert.match(first.url.reveal(), /^postgresql:\/\/once_canary:[\w-]+@127\.0\.0\.1:\d+\/once_canary$/);
      assert.doesNotMatch(inspect(first), /postgresql:/);
    });

    test('knows the URL of what it made, also while it is stopped, and none of what it did not make', async () => {
      const provider = await open();
      const spec = databaseSpec({ name: 'known', user: 'known' });
      const canary = target('known', 'canary');
      assert.equal(await provider.knownUrl(canary, spec), undefined);
      const { url, created } = await provider.provision(canary, spec);
      assert.equal(created, true, 'to ask has made nothing');
      await provider.stop();
      assert.equal((await provider.knownUrl(canary, spec))?.reveal(), url.reveal());
      assert.equal((await provider.status()).running, false, 'to ask has started nothing');
    });

    test('keeps stages apart, and joins them where the database is shared', async () => {
      const provider = await open();
      const urls = async (scope: DatabaseSpec['scope']) =>
        await Promise.all(
          ['canary', 'production'].map(async (stage) => {
            const spec = databaseSpec({ name: `apart-${scope}`, user: `apart-${scope}`, scope });
            return (await provider.provision(target('apart', stage), spec)).url.reveal();
          }),
        );
      assert.equal(new Set(await urls('stage')).size, 2);
      assert.equal(new Set(await urls('shared')).size, 1);
    });

    test('gives many that ask at once one database', async () => {
      const provider = await open();
      const spec = databaseSpec({ name: 'many', user: 'many' });
      const ask = async () => await provider.provision(target('many', 'canary'), spec);
      const urls = (await Promise.all(Array.from({ length: 8 }, ask))).map(({ url }) => url.reveal());
      assert.equal(new Set(urls).size, 1);
    });

    test('takes any name as it is, quotes and spaces included', async () => {
      const provider = await open();
      const odd = `o"dd'; DROP DATABASE postgres; -- ü/${'x'.repeat(80)}`;
      const spec = databaseSpec({ name: odd, user: odd });
      const { url, created } = await provider.provision(target('odd', 'canary'), spec);
      assert.equal(created, true);
      assert.equal((await provider.provision(target('odd', 'canary'), spec)).url.reveal(), url.reveal());
    });

    test("refuses a name that is another app's", async () => {
      const provider = await open();
      const spec = databaseSpec({ name: 'mine', user: 'mine' });
      await provider.provision(target('mine', 'canary'), spec);
      await assert.rejects(provider.provision(target('other', 'canary'), spec), {
        problem: 'the database mine_canary belongs to the app mine',
        exitCode: 2,
      });
    });

    test("refuses a role that is another app's", async () => {
      const provider = await open();
      await provider.provision(target('roles', 'canary'), databaseSpec({ name: 'roles', user: 'roles' }));
      const spec = databaseSpec({ name: 'its-own', user: 'roles' });
      await assert.rejects(provider.provision(target('other', 'canary'), spec), {
        problem: 'the role roles_canary belongs to the app roles',
        exitCode: 2,
      });
    });

    test('refuses names that PostgreSQL keeps for itself', async () => {
      const provider = await open();
      for (const parts of [{ name: 'postgres' }, { user: 'postgres' }, { user: 'pg_monitor' }, { name: 'template1' }]) {
        const spec = databaseSpec({ ...parts, scope: 'shared' });
        await assert.rejects(provider.provision(target('reserved', 'canary'), spec), { name: 'Failure', exitCode: 2 });
      }
    });

    test('turns the login between two roles, and only for whoever knows whose turn it is', async () => {
      const provider = await open();
      const spec = databaseSpec({ name: 'turns', user: 'turns' });
      const canary = target('turns', 'canary');
      const userNow = async () => new URL((await provider.provision(canary, spec)).url.reveal()).username;
      const owner = await userNow();
      const other = await provider.nextLogin(canary, spec);
      assert.notEqual(other, owner);
      await provider.turnLogin(canary, spec, other);
      assert.equal(
        (await provider.knownUrl(canary, spec))?.reveal(),
        (await provider.provision(canary, spec)).url.reveal(),
      );
      assert.equal(await userNow(), other);
      assert.equal(await provider.nextLogin(canary, spec), owner);
      await assert.rejects(provider.turnLogin(canary, spec, other), { problem: /somebody else/ });
      await provider.turnLogin(canary, spec, owner);
      assert.equal(await userNow(), owner);
    });

    test('is not running once stopped, and comes back with what it had', async () => {
      const provider = await open();
      const spec = databaseSpec({ name: 'back', user: 'back' });
      const { url } = await provider.provision(target('back', 'canary'), spec);
      await provider.stop();
      await provider.stop();
      assert.equal((await provider.status()).running, false);
      const again = await provider.provision(target('back', 'canary'), spec);
      assert.deepEqual({ ...again, url: again.url.reveal() }, { created: false, url: url.reveal() });
    });
  });
}

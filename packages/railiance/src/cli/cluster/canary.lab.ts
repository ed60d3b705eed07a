import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { read } from '../../kubernetes/store.ts';
import { type CanaryFinder, createCanaryFinder } from '../../testing/canaries.ts';
import { inTheOpen } from '../../testing/cluster/inTheOpen.ts';
import { type ChartForm, type LeakyCluster, openLeakyCluster } from '../../testing/cluster/leakyCluster.ts';

/**
 * Releases of an app that prints, answers and fails with its secrets, on a cluster. Afterwards everything is searched: each
 * object of its namespaces, Helm's releases unpacked, what was printed, helm's arguments, the files and what a hub was told.
 */
const forms: readonly { readonly form: ChartForm; readonly route: string; readonly values: RegExp }[] = [
  { form: 'built-in', route: '/ingressroutes/', values: /"instances":/ },
  { form: 'own', route: '/ingresses/', values: /"image":\{"repository":/ },
];

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
/** Node, packed: a hundred megabytes that no secret was near. */
const isNodeItself = (path: string) => statSync(path).size > 32 << 20 && path.includes('/images/');
/** The key of the hub is in the file that is for it. */
const isStore = (path: string) => /\/hub\/secrets\/|\/secret-store\.key$/.test(path);

for (const { form, route, values } of forms) {
  describe(`secrets of an app that does its best to spread them on a cluster, by the ${form} chart`, () => {
    let leaky: LeakyCluster;
    before(async () => {
      leaky = await openLeakyCluster(form);
    });
    after(() => leaky.close());

    test('go through deploys, failures of every kind, a kill and a rollback', async () => {
      const { version, expect } = leaky;
      await version('serves');
      assert.match(await expect(0, 'deploy', '--debug'), /\[secret\]/);
      await version('fails to migrate');
      assert.match(await expect(1, 'deploy', '--json'), /migration/);
      await version('answers wrongly');
      assert.match(await expect(1, 'deploy', '--debug'), /smoke/);
      await version('crashes');
      assert.match(await expect(1, 'deploy'), /crash/);
      await version('lingers');
      await leaky.killedDeploy();
      await expect(1, 'resume', leaky.app.slug, '--undo', '--wait', '60s', '--json');
      await expect(0, 'secrets', 'rotate', 'SESSION', '--stage', 'production');
      await version('serves');
      assert.match(await expect(0, 'deploy', '--json'), /succeeded/);
      for (const look of ['status --json', 'history --json', 'logs --json', 'smoke --json', 'gate --json', 'plan'])
        await expect(0, ...look.split(' '));
      await expect(0, 'rollback', leaky.app.slug, '--yes');
      await expect(0, 'events', 'flush');
    });

    describe('and stand nowhere but in the Secrets that are for them:', () => {
      let find: CanaryFinder;
      before(async () => {
        const made = await leaky.madeThere();
        assert.ok(Object.keys(made).length >= 4, 'values of two releases');
        find = createCanaryFinder({ ...leaky.canaries, ...made });
        const [example = ''] = Object.values(made);
        assert.equal(find(Buffer.from(`x ${Buffer.from(`y${example}`).toString('base64')}`)).length, 1, 'it finds');
      });

      const foundIn = (texts: readonly (readonly [string, Buffer])[]) =>
        texts.flatMap(([what, bytes]) => find(bytes).map((secret) => `${secret} in ${what}`));

      test('the one of a fixed name holds them, where the chart reads one', { skip: form !== 'own' }, async () => {
        const { lab, namespace, slug } = leaky.app;
        const fixed = await read<SecretObject>(lab.api, pathOf('secrets', namespace, `${slug}-env`));
        assert.equal(Buffer.from(fixed?.data?.TOKEN ?? '', 'base64').toString(), leaky.canaries.TOKEN);
        const { data: _, ...rest } = fixed as SecretObject;
        assert.deepEqual(find(Buffer.from(JSON.stringify(rest))), [], 'in its data alone');
      });

      test('not in any object of the namespaces, nor in what Helm and the records keep', async () => {
        const { app } = leaky;
        const objects = [...(await inTheOpen(app.lab.api, [app.namespace, app.records]))];
        const has = (key: RegExp | string) =>
          assert.ok(
            objects.some(([name]) => (typeof key === 'string' ? name.includes(key) : key.test(name))),
            `there is something of ${key}`,
          );
        for (const kind of ['/events/', '/pods/', '/replicasets/', route, '/configmaps/', '/leases/']) has(kind);
        for (const key of [/sh\.helm\.release.*: release$/, /: journal\.jsonl$/]) has(key);
        const manifests = objects.filter(([name]) => /: release$/.test(name)).map(([, bytes]) => bytes.toString());
        assert.ok(
          manifests.some((text) => text.includes('kind: Deployment')),
          'releases are unpacked',
        );
        assert.deepEqual(foundIn(objects), []);
      });

      test('not in what was printed, nor in the arguments, the environment and the values of helm', async () => {
        assert.deepEqual(foundIn(leaky.printed), []);
        const helm = await readFile(leaky.helmLog);
        assert.match(helm.toString(), /upgrade --install/);
        assert.match(helm.toString(), values, 'its values are there');
        assert.deepEqual(find(helm), []);
      });

      test('not in any file here, nor in what the hub was told', async () => {
        const files = filesBelow(leaky.app.folder).filter((path) => !isStore(path) && !isNodeItself(path));
        for (const kind of ['/evidence/', '/images/', '.sops.yaml'])
          assert.ok(
            files.some((path) => path.includes(kind)),
            `there is something of ${kind}`,
          );
        assert.deepEqual(foundIn(files.map((path) => [path, readFileSync(path)])), []);
        assert.ok(leaky.hub.events.size > 20);
        assert.deepEqual(find(Buffer.from(JSON.stringify([...leaky.hub.events.values()]))), []);
      });
    });
  });
}

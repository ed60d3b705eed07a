import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { type KubeList, pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { identity, recipient } from '../../secrets/sops/testKeys.ts';
import { type CanaryFinder, createCanaryFinder } from '../../testing/canaries.ts';
import { type DeployedApp, ended, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { inTheOpen } from '../../testing/cluster/inTheOpen.ts';
import { untilPending } from '../../testing/cluster/killing.ts';
import { adminUrl, dropDatabases } from '../../testing/cluster/labPostgres.ts';
import { commandLine } from '../../testing/commandLine.ts';
import { type FakeHub, openFakeHub } from '../../testing/fakeHub.ts';
import { type Behaviour, leakyFiles, leakySource } from '../../testing/leakyApp.ts';

/**
 * Releases of an app that prints, answers and fails with its secrets, on a cluster. Afterwards everything is searched: each
 * object of its namespaces, Helm's releases unpacked, what was printed, helm's arguments, the files and what a hub was told.
 */
const slug = 'leaky';
const name = `lab_leaky_${process.pid.toString(36)}`;
/** With a small letter, a capital and a digit, which so long a random text nearly always has. */
const random = () => `a1B${randomBytes(24).toString('base64')}`;
const canaries = {
  TOKEN: `${random()}&=%${random()}`,
  MULTILINE: `${random()}\n${random()}`,
  'password for pulling': random().replaceAll('/', '.'),
  'key of the hub': `ihk_${randomBytes(24).toString('hex')}`,
  'age key': identity.slice('AGE-SECRET-KEY-'.length),
  'password of the superuser': new URL(adminUrl).password.padEnd(16, '.'),
};

let hub: FakeHub;
let app: DeployedApp;
const printed: { readonly what: string; readonly bytes: Buffer }[] = [];
before(async () => {
  hub = await openFakeHub(canaries['key of the hub']);
  app = await openDeployedApp('canary', {
    slug,
    fill: fillFolder,
    blueprint: `[hub]\nurl = "${hub.url}"\n`,
    credentials: 'credentials.pull = "env:PULL"',
    env: { LAB_PGADMIN: adminUrl, SOPS_AGE_KEY: identity, PULL: `puller:${canaries['password for pulling']}` },
  });
  await recordHelm();
  await app.settings(`database = { url = "env:LAB_PGADMIN" }\nhelm = "${join(app.folder, 'bin/helm')}"`);
  await expect(0, 'secrets', 'encrypt', '--in-place', 'app.env.sops.yaml', '--recipient', recipient);
});
after(async () => {
  await dropDatabases(app.lab.api, name);
  await app.close();
  await hub.close();
});

async function fillFolder(folder: string): Promise<void> {
  const { 'app.toml': toml = '', 'package.json': manifest = '' } = leakyFiles('', '');
  await writeFile(
    join(folder, 'app.toml'),
    toml.replace('[database]', `[database]\nname = "${name}"\nuser = "${name}"`),
  );
  await writeFile(join(folder, 'package.json'), manifest);
  const { TOKEN, MULTILINE } = canaries;
  await writeFile(join(folder, 'app.env.sops.yaml'), JSON.stringify({ TOKEN, MULTILINE }));
}

/** A helm that writes its arguments, its environment and the values files it is given into one file. */
async function recordHelm(): Promise<void> {
  const log = join(app.folder, 'helm.log');
  const values = 'for a; do case $a in *.json|*.yaml) cat "$a" >> "$log" ;; esac; done';
  const script = `#!/bin/sh\nPATH='${process.env.PATH}'\nlog='${log}'\n(echo "$@"; env) >> "$log"\n${values}\nexec helm "$@"\n`;
  await mkdir(join(app.folder, 'bin'));
  await writeFile(join(app.folder, 'bin/helm'), script);
  await chmod(join(app.folder, 'bin/helm'), 0o755);
}

async function expect(exitCode: number, ...args: readonly string[]): Promise<string> {
  const seen = await app.railiance('one', ...args);
  printed.push({ what: args.join(' '), bytes: Buffer.from(seen.output) });
  assert.equal(seen.exitCode, exitCode, `${args.join(' ')}: ${seen.output}`);
  return seen.output;
}

let count = 0;
const version = (behaviour: Behaviour) => app.write(leakySource(behaviour, count++));

async function killedDeploy(): Promise<void> {
  const child = app.start('one', 'deploy');
  const gone = ended(child);
  await untilPending(app, 'pending-upgrade');
  child.kill('SIGKILL');
  printed.push({ what: 'a killed deploy', bytes: Buffer.from((await gone).output) });
}

/** The values that the store in the cluster made itself, with each name they have in Secrets for pods. */
async function madeThere(): Promise<Record<string, string>> {
  const query = { labelSelector: 'railiance.dev/kind=environment' };
  const path = pathOf('secrets', app.namespace);
  const { items } = await app.lab.api.call<KubeList<SecretObject>>(path, { query });
  const made = items.flatMap(({ metadata, data = {} }) => {
    const value = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
    const { password } = new URL(value('DATABASE_URL'));
    return [
      [`SESSION of ${metadata.name}`, value('SESSION')],
      [`password of the database in ${metadata.name}`, password],
    ];
  });
  return Object.fromEntries(made);
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
/** Node, packed: a hundred megabytes that no secret was near. */
const isNodeItself = (path: string) => statSync(path).size > 32 << 20 && path.includes('/images/');
/** The key of the hub is in the file that is for it. */
const isStore = (path: string) => /\/hub\/secrets\/|\/secret-store\.key$/.test(path);

describe('secrets of an app that does its best to spread them on a cluster', () => {
  test('go through deploys, failures of every kind, a kill and a rollback', async () => {
    const login = { cwd: app.directory, env: app.env('one'), input: canaries['key of the hub'] };
    assert.equal((await commandLine(['events', 'login'], login)).exitCode, 0);
    await version('serves');
    assert.match(await expect(0, 'deploy', '--debug'), /\[secret\]/);
    await version('fails to migrate');
    assert.match(await expect(1, 'deploy', '--json'), /migration/);
    await version('answers wrongly');
    assert.match(await expect(1, 'deploy', '--debug'), /smoke/);
    await version('crashes');
    assert.match(await expect(1, 'deploy'), /crash/);
    await version('lingers');
    await killedDeploy();
    await expect(1, 'resume', slug, '--undo', '--wait', '60s', '--json');
    await expect(0, 'secrets', 'rotate', 'SESSION', '--stage', 'production');
    await version('serves');
    assert.match(await expect(0, 'deploy', '--json'), /succeeded/);
    for (const look of ['status --json', 'history --json', 'logs --json', 'smoke --json', 'gate --json', 'plan'])
      await expect(0, ...look.split(' '));
    await expect(0, 'rollback', slug, '--yes');
    await expect(0, 'events', 'flush');
  });

  describe('and stand nowhere but in the Secrets that are for them:', () => {
    let find: CanaryFinder;
    before(async () => {
      const made = await madeThere();
      assert.ok(Object.keys(made).length >= 4, 'values of two releases');
      find = createCanaryFinder({ ...canaries, ...made });
      const [example = ''] = Object.values(made);
      assert.equal(find(Buffer.from(`x ${Buffer.from(`y${example}`).toString('base64')}`)).length, 1, 'it finds');
    });

    test('not in any object of the namespaces, nor in what Helm and the records keep', async () => {
      const objects = await inTheOpen(app.lab.api, [app.namespace, app.records]);
      const names = [...objects.keys()];
      for (const kind of ['/events/', '/pods/', '/replicasets/', '/ingressroutes/', '/configmaps/', '/leases/'])
        assert.ok(
          names.some((one) => one.includes(kind)),
          `there is something of ${kind}`,
        );
      for (const key of [/sh\.helm\.release.*: release$/, /: journal\.jsonl$/])
        assert.ok(
          names.some((one) => key.test(one)),
          `there is something of ${key}`,
        );
      const manifests = [...objects].filter(([one]) => /: release$/.test(one)).map(([, bytes]) => bytes.toString());
      assert.ok(
        manifests.some((text) => text.includes('kind: Deployment')),
        'releases are unpacked',
      );
      assert.deepEqual(foundIn([...objects]), []);
    });

    test('not in what was printed, nor in the arguments, the environment and the values of helm', async () => {
      assert.deepEqual(foundIn(printed.map(({ what, bytes }) => [what, bytes])), []);
      const helm = await readFile(join(app.folder, 'helm.log'));
      assert.match(helm.toString(), /upgrade --install/);
      assert.match(helm.toString(), /"instances":/, 'its values are there');
      assert.deepEqual(find(helm), []);
    });

    test('not in any file here, nor in what the hub was told', async () => {
      const files = filesBelow(app.folder).filter((path) => !isStore(path) && !isNodeItself(path));
      for (const kind of ['/evidence/', '/images/', '.sops.yaml'])
        assert.ok(
          files.some((path) => path.includes(kind)),
          `there is something of ${kind}`,
        );
      assert.deepEqual(foundIn(files.map((path) => [path, readFileSync(path)])), []);
      assert.ok(hub.events.size > 20);
      assert.deepEqual(find(Buffer.from(JSON.stringify([...hub.events.values()]))), []);
    });

    const foundIn = (texts: readonly (readonly [string, Buffer])[]) =>
      texts.flatMap(([what, bytes]) => find(bytes).map((secret) => `${secret} in ${what}`));
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type KubeList, pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { identity, recipient } from '../../secrets/sops/testKeys.ts';
import { commandLine } from '../commandLine.ts';
import { type FakeHub, openFakeHub } from '../fakeHub.ts';
import { type Behaviour, leakyFiles, leakySource } from '../leakyApp.ts';
import { type DeployedApp, ended, openDeployedApp } from './deployedApp.ts';
import { untilPending, untilStarting } from './killing.ts';
import { adminUrl, dropDatabases } from './labPostgres.ts';
import { writeSeedChart } from './seedChart.ts';

const slug = 'leaky';

/** By which chart it is put on the cluster: ours, or one of its own that reads a Secret of a fixed name. */
export type ChartForm = 'built-in' | 'own';

/** An app that does its best to spread its secrets, on a cluster, with all that was printed about it. */
export interface LeakyCluster {
  readonly app: DeployedApp;
  readonly hub: FakeHub;
  /** What is told to the app or about it, by what it is. */
  readonly canaries: Readonly<Record<string, string>>;
  readonly printed: readonly (readonly [what: string, bytes: Buffer])[];
  /** Arguments, environment and values of every helm. */
  readonly helmLog: string;
  version(behaviour: Behaviour): Promise<void>;
  /** Gives what it said. */
  expect(exitCode: number, ...args: readonly string[]): Promise<string>;
  /** A deploy that is killed while its version starts; by the own chart helm is at work then. */
  killedDeploy(): Promise<void>;
  /** The values that the store in the cluster made itself, with each name they have in Secrets for pods. */
  madeThere(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

/** With a small letter, a capital and a digit, which so long a random text nearly always has. */
const random = () => `a1B${randomBytes(24).toString('base64')}`;

const newCanaries = () => ({
  TOKEN: `${random()}&=%${random()}`,
  MULTILINE: `${random()}\n${random()}`,
  'password for pulling': random().replaceAll('/', '.'),
  'key of the hub': `ihk_${randomBytes(24).toString('hex')}`,
  'age key': identity.slice('AGE-SECRET-KEY-'.length),
  'password of the superuser': new URL(adminUrl).password.padEnd(16, '.'),
});

export async function openLeakyCluster(form: ChartForm): Promise<LeakyCluster> {
  const database = `lab_leaky_${form.slice(0, 3)}_${process.pid.toString(36)}`;
  const canaries = newCanaries();
  const hub = await openFakeHub(canaries['key of the hub']);
  const app = await openDeployedApp(`canary-${form}`, {
    slug,
    fill: (folder) => fillFolder(folder, form, database, canaries),
    blueprint: `[hub]\nurl = "${hub.url}"\n`,
    credentials: 'credentials.pull = "env:PULL"',
    env: { LAB_PGADMIN: adminUrl, SOPS_AGE_KEY: identity, PULL: `puller:${canaries['password for pulling']}` },
  });
  const helmLog = await recordHelm(app);
  await app.settings(`database = { url = "env:LAB_PGADMIN" }\nhelm = "${join(app.folder, 'bin/helm')}"`);
  const { registry } = app.lab;
  const chart = { slug, repository: `${registry}/${slug}`, host: app.host, probe: '/healthz' };
  if (form === 'own') await writeSeedChart(join(app.folder, 'helm', slug), chart);
  const printed: [what: string, bytes: Buffer][] = [];
  let count = 0;
  const leaky: LeakyCluster = {
    ...{ app, hub, canaries, printed, helmLog },
    version: (behaviour) => app.write(leakySource(behaviour, count++)),
    async expect(exitCode, ...args) {
      const seen = await app.railiance('one', ...args);
      printed.push([args.join(' '), Buffer.from(seen.output)]);
      assert.equal(seen.exitCode, exitCode, `${args.join(' ')}: ${seen.output}`);
      return seen.output;
    },
    async killedDeploy() {
      const child = app.start('one', 'deploy');
      const gone = ended(child);
      await (form === 'own' ? untilPending(app, 'pending-upgrade') : untilStarting(app));
      child.kill('SIGKILL');
      printed.push(['a killed deploy', Buffer.from((await gone).output)]);
    },
    madeThere: () => madeThere(app),
    async close() {
      await dropDatabases(app.lab.api, database);
      await app.close();
      await hub.close();
    },
  };
  await leaky.expect(0, 'secrets', 'encrypt', '--in-place', 'app.env.sops.yaml', '--recipient', recipient);
  const login = { cwd: app.directory, env: app.env('one'), input: canaries['key of the hub'] };
  assert.equal((await commandLine(['events', 'login'], login)).exitCode, 0);
  return leaky;
}

async function fillFolder(
  folder: string,
  form: ChartForm,
  database: string,
  { TOKEN, MULTILINE }: ReturnType<typeof newCanaries>,
): Promise<void> {
  const { 'app.toml': toml = '', 'package.json': manifest = '' } = leakyFiles('', '');
  const named = toml.replace('[database]', `[database]\nname = "${database}"\nuser = "${database}"`);
  await writeFile(join(folder, 'app.toml'), form === 'own' ? `${named}[deploy]\nchart = "helm/${slug}"\n` : named);
  await writeFile(join(folder, 'package.json'), manifest);
  await writeFile(join(folder, 'app.env.sops.yaml'), JSON.stringify({ TOKEN, MULTILINE }));
}

/** A helm that writes its arguments, its environment and the values files it is given into one file. */
async function recordHelm(app: DeployedApp): Promise<string> {
  const log = join(app.folder, 'helm.log');
  const values = 'for a; do case $a in *.json|*.yaml) cat "$a" >> "$log" ;; esac; done';
  const script = `#!/bin/sh\nPATH='${process.env.PATH}'\nlog='${log}'\n(echo "$@"; env) >> "$log"\n${values}\nexec helm "$@"\n`;
  await mkdir(join(app.folder, 'bin'));
  await writeFile(join(app.folder, 'bin/helm'), script);
  await chmod(join(app.folder, 'bin/helm'), 0o755);
  return log;
}

async function madeThere({ lab, namespace }: DeployedApp): Promise<Record<string, string>> {
  const query = { labelSelector: 'railiance.dev/kind=environment' };
  const { items } = await lab.api.call<KubeList<SecretObject>>(pathOf('secrets', namespace), { query });
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

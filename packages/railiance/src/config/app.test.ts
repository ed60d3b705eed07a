import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { AppSpec } from '../domain/app.ts';
import { Failure } from '../domain/failure.ts';
import { loadApp } from './app.ts';

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'railiance-app-'));
});
after(() => rm(directory, { recursive: true }));

async function load(content: string, stage = 'local'): Promise<AppSpec> {
  await writeFile(join(directory, 'app.toml'), content);
  return loadApp('./app.toml', { cwd: directory, stage, stages: ['local', 'canary', 'production'] });
}

async function messageFor(content: string): Promise<string> {
  const error = await load(content).then(
    () => assert.fail('was accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.exitCode, 2);
  return error.message;
}

test('the smallest app.toml means something sensible', async () => {
  const { file, directory: folder, ...app } = await load('[app]\nname = "probe"\n');
  assert.equal(file, join(directory, 'app.toml'));
  assert.equal(folder, directory);
  assert.deepEqual(app, {
    slug: 'probe',
    name: 'probe',
    kind: 'native',
    criticality: 'medium',
    build: { options: {}, env: {} },
    run: {
      port: 8000,
      env: {},
      startTimeoutMs: 60_000,
      stopTimeoutMs: 30_000,
      replicas: 1,
      resources: {},
      volumes: [],
    },
    deploy: { values: [] },
    secrets: { required: [], generate: [] },
    smoke: [
      { name: 'health', path: '/', method: 'GET', headers: {}, expect: { header: {}, withinMs: 5000 }, passes: 1 },
    ],
    retention: { keep: 5 },
  });
});

test('the form that teams already have is accepted as it stands', async () => {
  const app = await load(`[app]
name = "inter-hub"
slug = "inter-hub"
kind = "native"
registry = "registry.coulomb.social/coulomb/inter-hub"

[deploy]
chart = "railiance-apps/helm/inter-hub"
namespace = "inter-hub"
`);
  assert.equal(app.registry, 'registry.coulomb.social/coulomb/inter-hub');
  assert.deepEqual(app.deploy, { chart: 'railiance-apps/helm/inter-hub', namespace: 'inter-hub', values: [] });
});

const whole = `schema_version = "railiance.app.v1"
[app]
name = "The Shop"
slug = "shop-2"
criticality = "high"
[build.node]
script = "build"
[run]
port = 3000
command = "node 'my server.js'"
env = { WORKERS = 4, DEBUG = false, GREETING = "hi" }
health = "/healthz"
stop_timeout = "1m30s"
resources = { memory = "256Mi", cpus = 0.5 }
volumes = ["/app/data", { name = "cache", path = "/var/cache" }]
[database]
migrate = ["node", "migrate.js"]
[secrets]
file = "deploy/secrets.sops.yaml"
generate = ["SESSION_SECRET"]
[[smoke]]
path = "/probes"
method = "POST"
headers = { Authorization = "Bearer \${API_KEY}" }
expect = { status = 201, within = "500ms" }
[stages.production]
approval = true
observe = "5m"
run = { replicas = 2, env = { WORKERS = "8" } }
smoke = []
`;

test('every value is read in the units of the domain', async () => {
  const app = await load(whole);
  assert.deepEqual(app.build, { builder: 'node', options: { script: 'build' }, env: {} });
  assert.deepEqual(app.run, {
    port: 3000,
    command: ['node', 'my server.js'],
    health: { path: '/healthz' },
    env: { WORKERS: '4', DEBUG: 'false', GREETING: 'hi' },
    startTimeoutMs: 60_000,
    stopTimeoutMs: 90_000,
    replicas: 1,
    resources: { memoryBytes: 268_435_456, cpus: 0.5 },
    volumes: [
      { name: 'app-data', path: '/app/data' },
      { name: 'cache', path: '/var/cache' },
    ],
  });
  assert.deepEqual(app.database, {
    name: 'shop_2',
    user: 'shop_2',
    migrate: ['node', 'migrate.js'],
    migrateTimeoutMs: 300_000,
    scope: 'stage',
  });
  assert.deepEqual(app.secrets, { file: 'deploy/secrets.sops.yaml', required: [], generate: ['SESSION_SECRET'] });
  assert.deepEqual(app.smoke[0]?.expect, { status: 201, header: {}, withinMs: 500 });
  assert.equal(app.smoke[0]?.name, 'POST /probes');
});

test('a stage overrides what it names and nothing else', async () => {
  const local = await load(whole);
  const production = await load(whole, 'production');
  assert.deepEqual(production.run, { ...local.run, replicas: 2, env: { ...local.run.env, WORKERS: '8' } });
  assert.deepEqual(production.smoke, []);
  assert.deepEqual(production.deploy, { values: [], approval: true, observeMs: 300_000 });
  assert.deepEqual(production.database, local.database);
});

const app = '[app]\nname = "x"\n';
const refused: Readonly<Record<string, readonly [content: string, ...messages: string[]]>> = {
  'an unknown key': ['[app]\nname = "x"\nslgu = "y"', 'app.toml:3:1: app.slgu: unknown key; did you mean slug?'],
  'an unknown table': [`${app}[rnu]\nport = 1`, 'app.toml:3:1: rnu: unknown key; did you mean run?'],
  'an unknown key of a stage': [
    `${app}[stages.canary.run]\nprot = 1`,
    'app.toml:4:1: stages.canary.run.prot: unknown key; did you mean port?',
  ],
  'an unknown stage': [
    `${app}[stages.prodution]\n`,
    'app.toml:3:1: stages.prodution: there is no such stage; did you mean production?',
  ],
  'an unknown version': [
    'schema_version = "railiance.app.v2"\n[app]\nname = "x"',
    'app.toml:1:18: schema_version: expected "railiance.app.v1"',
  ],
  'no [app]': ['', 'app.toml:1:1: app: missing; expected a table [app] with at least a name'],
  'a name that is no slug': ['[app]\nname = "X Y"', 'app.toml:1:1: app.slug: missing'],
  'an unknown choice': [
    `${app}criticality = "hihg"`,
    'app.toml:3:15: app.criticality: expected one of',
    'did you mean "high"?',
  ],
  'a wrong type': [
    `${app}[run]\nport = "80"`,
    'app.toml:4:8: run.port: expected a whole number from 1 to 65535, found "80"',
  ],
  'a command for a shell': [`${app}[run]\ncommand = "a && b"`, 'app.toml:4:11: run.command: the command has a bare &'],
  'an empty command': [`${app}[run]\ncommand = []`, 'app.toml:4:11: run.command: expected a command'],
  'a NUL in a command': [`${app}[run]\ncommand = ["a\\u0000b"]`, 'run.command[0]: expected a string'],
  'a variable of the engine': [
    `${app}[run]\nenv = { PORT = "1" }`,
    'app.toml:4:7: run.env: PORT and RAILIANCE_… are given',
  ],
  'a volume twice': [`${app}[run]\nvolumes = ["/a", "/a"]`, 'app.toml:4:18: run.volumes[1]: has the name or the path'],
  'a volume that climbs': [`${app}[run]\nvolumes = ["/a/../../etc"]`, 'run.volumes[0]: expected an absolute path'],
  'a secrets file outside': [
    `${app}[secrets]\nfile = "../x"`,
    'app.toml:4:8: secrets.file: expected a path below this folder',
  ],
  'an absolute secrets file': [
    `${app}[secrets]\nfile = "/etc/passwd"`,
    'secrets.file: expected a path below this folder',
  ],
  'a chart that is an option': [`${app}[deploy]\nchart = "--kubeconfig=x"`, 'deploy.chart: expected a chart'],
  'an unknown key of a builder': [
    `${app}[build.node]\nexlude = []`,
    'app.toml:4:1: build.node.exlude: unknown key; did you mean exclude?',
  ],
  'a script that is an option': [`${app}[build.node]\nscript = "--eval"`, 'app.toml:4:10: build.node.script: expected'],
  'patterns that are none': [`${app}[build.node]\ninclude = "dist"`, 'build.node.include: expected'],
  'an archive outside': [`${app}[build.archive]\npath = "../image.tar"`, 'build.archive.path: expected a path below'],
  'an absolute archive': [`${app}[build.archive]\npath = "/etc/passwd"`, 'build.archive.path: expected a path below'],
  'an unknown tool': [`${app}[build.dockerfile]\ntool = "kaniko"`, 'build.dockerfile.tool: expected one of'],
  'half a version': [`${app}[build.node]\nversion = "24"`, 'build.node.version: expected a whole version of Node'],
  'an output with options': [`${app}[build.nix]\nattribute = "--impure"`, 'build.nix.attribute: expected an output'],
  'a table in a dotted key': [`${app}run.port.x = 1`, 'app.toml:3:1: app.run: unknown key'],
};

for (const [name, [content, ...messages]] of Object.entries(refused)) {
  test(`${name}: refused, with the line and what is expected`, async () => {
    const message = await messageFor(content);
    for (const part of messages) assert.ok(message.includes(part), `${part}\nin\n${message}`);
  });
}

test('hostile names are refused wherever a name stands', async () => {
  const names = [
    ';id',
    '$(id)',
    '`id`',
    'a\\nb',
    'a\\u0000b',
    '-rf',
    '--kubeconfig=x',
    '../x',
    '.',
    '',
    'a'.repeat(300),
    'ｐrobe',
    'prоbe',
    'A',
  ];
  for (const name of names) {
    const message = await messageFor(
      `[app]\nname = "x"\nslug = "${name}"\n[deploy]\nnamespace = "${name}"\n[run]\nvolumes = [{ name = "${name}", path = "/x" }]`,
    );
    for (const key of ['app.slug', 'deploy.namespace', 'run.volumes[0].name'])
      assert.ok(message.includes(`${key}: expected a name`), message);
  }
});

test('all problems are told at once, in the order of the file', async () => {
  const message = await messageFor('[app]\nname = 1\nkidn = "x"\n[run]\nport = 0\nhealth = "x"\n');
  const lines = message.split('\n').slice(1);
  assert.deepEqual(
    lines.map((line) => line.split(': ').slice(0, 2).join(' ')),
    ['app.toml:2:8 app.name', 'app.toml:3:1 app.kidn', 'app.toml:5:8 run.port', 'app.toml:6:10 run.health'],
  );
});

test('tens of thousands of problems take less than a second and are told in few lines', async () => {
  const content = `${app}${Array.from({ length: 30_000 }, (_, at) => `unknown${at} = 1`).join('\n')}`;
  const start = process.cpuUsage();
  const message = await messageFor(content);
  // Of the processor's time, since other tests run beside this one.
  const { user, system } = process.cpuUsage(start);
  assert.ok((user + system) / 1000 < 1000, `${(user + system) / 1000} ms`);
  assert.match(message, /30000 problems/);
  assert.ok(message.split('\n').length < 30);
});

test('a secrets file is contained by its real path', async () => {
  await mkdir(join(directory, 'inside'), { recursive: true });
  await symlink('/etc', join(directory, 'outside'));
  await symlink('inside', join(directory, 'link'));
  const outside = await messageFor(`${app}[secrets]\nfile = "outside/passwd"`);
  assert.match(outside, /app\.toml:4:8: secrets\.file: leads out of the folder/);
  assert.equal((await load(`${app}[secrets]\nfile = "link/not/yet.yaml"`)).secrets.file, 'link/not/yet.yaml');
});

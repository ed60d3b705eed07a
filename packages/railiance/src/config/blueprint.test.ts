import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { loadBlueprint, loadBlueprintFile } from './blueprint.ts';

const example = fileURLToPath(new URL('../../../../examples/blueprint/blueprint.toml', import.meta.url));
let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'railiance-blueprint-'));
  await mkdir(join(directory, '.git'));
});
after(() => rm(directory, { recursive: true }));

async function load(content: string) {
  await writeFile(join(directory, 'blueprint.toml'), content);
  return loadBlueprintFile(join(directory, 'blueprint.toml'), directory);
}

async function stagesOf(content: string): Promise<string[]> {
  return (await load(content)).stages.map(
    ({ name, engine, production }) => `${name} ${engine}${production ? ' production' : ''}`,
  );
}

test('without a blueprint there are local and production, both on this machine', async () => {
  await rm(join(directory, 'blueprint.toml'), { force: true });
  const { stages, nodes, file } = await loadBlueprint(directory, directory);
  assert.equal(file, undefined);
  assert.deepEqual(nodes, []);
  assert.deepEqual(stages, [
    { name: 'local', engine: 'local', production: false, settings: {} },
    { name: 'production', engine: 'local', production: true, settings: {} },
  ]);
});

test('local is always first, and production is the stage of that name, else the last', async () => {
  assert.deepEqual(await stagesOf(''), ['local local', 'production local production']);
  assert.deepEqual(await stagesOf('[[stages]]\nname = "canary"\n[[stages]]\nname = "live"'), [
    'local local',
    'canary local',
    'live local production',
  ]);
  assert.deepEqual(
    await stagesOf('[[stages]]\nname = "production"\nengine = "kubernetes"\n[[stages]]\nname = "mirror"'),
    ['local local', 'production kubernetes production', 'mirror local'],
  );
  assert.deepEqual(await stagesOf('[[stages]]\nname = "local"'), ['local local']);
  assert.deepEqual(await stagesOf('[[stages]]\nname = "live"\nproduction = false'), ['local local', 'live local']);
});

test('the machines of a real team are read with their constraints', async () => {
  const { nodes, registry, stages } = await loadBlueprintFile(example, directory);
  assert.deepEqual(
    nodes.map(({ name, roles }) => [name, ...roles]),
    [
      ['workstation', 'workstation'],
      ['haskelseed', 'builder'],
      ['coulombcore', 'registry'],
      ['railiance01', 'cluster'],
    ],
  );
  const [, builder] = nodes;
  assert.deepEqual(builder?.ssh, { host: 'haskelseed', user: 'root' });
  assert.deepEqual(builder?.env, { GHCRTS: '-A32m -M2g' });
  assert.deepEqual(
    builder?.constraints.map(({ check }) => check?.kind),
    ['memory-free', undefined, 'file'],
  );
  assert.deepEqual(registry, {
    push: '92.205.130.254:32166',
    pull: '92.205.130.254:32166',
    plainHttp: true,
    token: 'prefetch',
    credentials: { push: 'env:REGISTRY_TOKEN' },
  });
  const { via, ...last } = stages.at(-1) ?? { name: '' };
  assert.equal(
    via,
    nodes.find(({ name }) => name === 'coulombcore'),
  );
  assert.deepEqual(last, {
    name: 'production',
    engine: 'kubernetes',
    production: true,
    settings: { via: 'coulombcore', namespace: 'coulomb' },
    pulls: true,
    registry,
  });
});

test('a relative kubeconfig is meant from the blueprint, unless it is one of the machine that is named', async () => {
  const stage = (settings: string) => `[[stages]]\nname = "c"\nengine = "kubernetes"\nsettings = { ${settings} }`;
  const kubeconfigOf = async (settings: string, nodes = '') => {
    const { file = '', stages } = await load(`${nodes}\n${stage(settings)}`);
    return { kubeconfig: stages.at(-1)?.settings.kubeconfig, folder: dirname(file) };
  };
  const beside = await kubeconfigOf('kubeconfig = "conf/kube.yaml"');
  assert.equal(beside.kubeconfig, join(beside.folder, 'conf/kube.yaml'));
  assert.equal((await kubeconfigOf('kubeconfig = "~/.kube/lab"')).kubeconfig, '~/.kube/lab');
  const there = await kubeconfigOf('kubeconfig = "k.yaml", via = "m"', '[nodes.m]\nrole = "cluster"');
  assert.equal(there.kubeconfig, 'k.yaml');
  await assert.rejects(kubeconfigOf('via = "nobody"'), /names no node of this file/);
});

test('a stage pulls from the registry where its engine is a cluster, or where it says so', async () => {
  const { stages, registry } = await load(
    '[registry]\npush = "r:1"\n[[stages]]\nname = "a"\n[[stages]]\nname = "b"\npull = true\n[[stages]]\nname = "c"\nengine = "kubernetes"',
  );
  assert.deepEqual(
    stages.map((stage) => [stage.name, stage.pulls ?? false, stage.registry === registry]),
    [
      ['local', false, false],
      ['a', false, false],
      ['b', true, true],
      ['c', true, true],
    ],
  );
});

const refused: Readonly<Record<string, readonly [content: string, message: RegExp]>> = {
  'an unknown engine': [
    '[[stages]]\nname = "a"\nengine = "kubernets"',
    /blueprint\.toml:3:10: stages\[0\]\.engine: .*did you mean "kubernetes"/,
  ],
  'an unknown role': ['[nodes.a]\nrole = "bilder"', /blueprint\.toml:2:8: nodes\.a\.role: .*did you mean "builder"/],
  'a stage twice': [
    '[[stages]]\nname = "a"\n[[stages]]\nname = "a"',
    /blueprint\.toml:4:8: stages\[1\]\.name: is the name of a stage above/,
  ],
  'local in second place': [
    '[[stages]]\nname = "a"\n[[stages]]\nname = "local"',
    /blueprint\.toml:4:8: .*always the first/,
  ],
  'local on a cluster': [
    '[[stages]]\nname = "local"\nengine = "kubernetes"',
    /blueprint\.toml:3:10: .*has the engine local/,
  ],
  'a cluster that does not pull': [
    '[[stages]]\nname = "a"\nengine = "kubernetes"\npull = false',
    /blueprint\.toml:4:8: .*a cluster pulls its images/,
  ],
  'local with images from elsewhere': [
    '[[stages]]\nname = "local"\npull = true',
    /blueprint\.toml:3:8: .*runs what was built here/,
  ],
  'a credential by value': [
    '[registry]\npush = "r:1"\ncredentials = { push = "hunter2" }',
    /blueprint\.toml:3:24: registry\.credentials\.push: .*never a value/,
  ],
  'two checks in one constraint': [
    '[nodes.a]\nrole = "builder"\n[[nodes.a.constraints]]\nname = "x"\nport = 1\nmemory_free = "1Gi"',
    /constraints\[0\]: expected at most one of/,
  ],
  'an SSH host that is an option': [
    '[nodes.a]\nrole = "builder"\nssh = { host = "-oProxyCommand=id" }',
    /nodes\.a\.ssh\.host: expected an alias/,
  ],
  'a hub address with a password': [
    '[hub]\nurl = "https://me:pw@hub"',
    /hub\.url: expected a URL .*without a password/,
  ],
};

for (const [name, [content, message]] of Object.entries(refused)) {
  test(`${name}: refused with the line`, async () => {
    await assert.rejects(load(content), message);
  });
}

test('a secret that stands where a reference belongs is not shown', async () => {
  const wrong = [
    '[registry]\npush = "r:1"\ncredentials = { push = "hunter2" }',
    '[hub]\nurl = "https://me:hunter2@hub"',
  ];
  for (const content of wrong) {
    await assert.rejects(load(content), (error) => !String(error).includes('hunter2'));
  }
});

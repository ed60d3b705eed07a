import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { BlueprintNode } from '../domain/blueprint.ts';
import { Failure } from '../domain/failure.ts';
import type { ProgressEvent } from '../domain/progress.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { openLayout } from '../oci/index.ts';
import { containersConf } from '../testing/containerTools.ts';
import { startDockerEngine } from '../testing/dockerEngine.ts';
import { peer } from '../testing/peers.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { type SshServer, startSshServer } from '../testing/sshServer.ts';
import { type Tree, writeTree } from '../testing/tree.ts';
import { appAt, builderContract, imageFiles, requestFor } from './contract.ts';
import { dockerfileBuilder } from './dockerfile.ts';

const root = await scratchDirectory('dockerfile');
const busybox = await readFile(peer('busybox'));
process.env.CONTAINERS_CONF = await containersConf();
const engine = await startDockerEngine('own');
Object.assign(process.env, engine.env);
after(() => engine.stop());

const tree: Tree = {
  Dockerfile: `FROM scratch
COPY --chmod=755 busybox /bin/sh
COPY . /app
RUN ["/bin/sh", "-c", "read -r line < /app/server.js; echo \\"$line\\" > /made"]
CMD ["/bin/sh"]
`,
  busybox,
  'server.js': 'one\n',
};

function builderWith(tool: string, cacheDir: string, nodes: readonly BlueprintNode[] = [], server?: SshServer) {
  const exec = createLocalExec();
  const builder = dockerfileBuilder({ exec, cacheDir, nodesOf: async () => nodes, ssh: server?.options ?? {} });
  const optionsFor = (options: object) => ({ tool, ...options });
  return {
    ...builder,
    build: (request: Parameters<typeof builder.build>[0]) => {
      const { app } = request;
      const build = { ...app.build, options: optionsFor(app.build.options) };
      return builder.build({ ...request, app: { ...app, build } });
    },
  };
}

for (const tool of ['buildah', 'podman', 'docker']) {
  describe(tool, () => {
    builderContract('dockerfile', {
      make: (cacheDir) => builderWith(tool, cacheDir),
      tree: { ...tree, busybox },
      file: 'server.js',
      other: 'two\n',
      makesImage: true,
    });
  });
}

let count = 0;
async function built(files: Tree, options: Record<string, unknown> = {}, changes: Parameters<typeof appAt>[1] = {}) {
  const directory = await writeTree(join(root, String(++count)), { ...tree, ...files });
  const app = appAt(directory, { build: { options, env: {} }, ...changes });
  const layoutDir = join(root, 'images');
  const artifact = await builderWith('buildah', join(root, 'cache')).build(requestFor(app, layoutDir));
  const layout = await openLayout(layoutDir);
  return { artifact, files: await imageFiles(layout, artifact), config: await layout.config(artifact.configDigest) };
}

test('buildah and podman make the same image', async () => {
  const app = appAt(await writeTree(join(root, 'same'), tree));
  const artifacts = await Promise.all(
    ['buildah', 'podman'].map((tool) =>
      builderWith(tool, join(root, 'cache')).build(requestFor(app, join(root, `images-${tool}`))),
    ),
  );
  assert.equal(artifacts[0]?.configDigest, artifacts[1]?.configDigest);
});

test('the file, its arguments, the stage to end with and the folder to copy from are as app.toml says', async () => {
  const { files, config } = await built(
    {
      'docker/app.Dockerfile':
        'FROM scratch AS first\nARG GREETING=hi\nLABEL greeting=$GREETING\nCOPY a /a\nFROM first\nCOPY b /b\n',
      'web/a': 'a',
      'web/b': 'b',
    },
    { file: 'docker/app.Dockerfile', context: 'web', target: 'first', args: { GREETING: 'hello $HOME' } },
  );
  assert.deepEqual([...files], [['a', 'a']]);
  assert.equal(config.config?.Labels?.greeting, 'hello $HOME');
});

const ignored = `
# a comment
*.md
!README.md
/top-only.txt
logs
**/deep.tmp
cache/**
!cache/keep.txt
docs/*.txt
a?c
!.env.example
`;
const someFiles: Tree = {
  'README.md': '',
  'notes.md': '',
  'sub/notes.md': '',
  'top-only.txt': '',
  'sub/top-only.txt': '',
  'logs/a.log': '',
  'sub/logs/a.log': '',
  'sub/x/deep.tmp': '',
  'deep.tmp': '',
  'cache/a.txt': '',
  'cache/keep.txt': '',
  'docs/a.txt': '',
  'docs/sub/a.txt': '',
  abc: '',
  'sub/abc': '',
  '.env.example': '',
};

test('.dockerignore means what it means to the tool itself', async () => {
  const directory = await writeTree(join(root, 'ignored'), {
    ...someFiles,
    '.dockerignore': ignored,
    Dockerfile: 'FROM scratch\nCOPY . /\n',
  });
  const app = appAt(directory);
  const layoutDir = join(root, 'images');
  const artifact = await builderWith('podman', join(root, 'cache')).build(requestFor(app, layoutDir));
  const ours = [...(await imageFiles(await openLayout(layoutDir), artifact)).keys()].sort();
  const exec = createLocalExec();
  const env = { CONTAINERS_CONF: process.env.CONTAINERS_CONF ?? '' };
  const idFile = join(root, 'their-id');
  await exec.run({ argv: [peer('podman'), 'build', '--iidfile', idFile, directory], env });
  const archive = join(root, 'theirs.tar');
  const id = (await readFile(idFile, 'utf8')).trim();
  await exec.run({ argv: [peer('podman'), 'save', '--output', archive, id], env });
  const { importArchive } = await import('../oci/index.ts');
  const layout = await openLayout(join(root, 'theirs'));
  const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
  const { digest } = await importArchive(layout, archive, { platform });
  const theirs = [...(await imageFiles(layout, { ...artifact, manifestDigest: digest })).keys()].sort();
  assert.ok(theirs.length > 8 && theirs.length < Object.keys(someFiles).length, String(theirs));
  assert.deepEqual(ours, theirs);
});

test('what fails is told with the last thing that the tool said, and its output is passed on', async () => {
  const lines: string[] = [];
  const progress = (event: ProgressEvent) => event.kind === 'log' && lines.push(event.line);
  const Dockerfile = 'FROM scratch\nCOPY --chmod=755 busybox /bin/sh\nRUN ["/bin/sh", "-c", "echo so far; exit 7"]\n';
  const app = appAt(await writeTree(join(root, 'failing'), { ...tree, Dockerfile }));
  const request = requestFor(app, join(root, 'images'), { progress });
  await assert.rejects(builderWith('buildah', join(root, 'cache')).build(request), (error) => {
    assert.ok(error instanceof Failure);
    assert.match(error.message, /build probe on this machine: buildah ended with exit code \d+: .*exit status 7/);
    return true;
  });
  assert.ok(lines.includes('so far'), lines.join('\n'));
});

describe('on a node of the blueprint', () => {
  let server: SshServer;
  before(async () => {
    server = await startSshServer({ XDG_CACHE_HOME: join(root, 'their-cache') });
  });
  after(() => server.stop());
  const node = (changes: Partial<BlueprintNode> = {}): BlueprintNode => ({
    name: 'haskelseed',
    roles: ['builder'],
    ssh: server.target,
    resources: {},
    env: { CONTAINERS_CONF: process.env.CONTAINERS_CONF ?? '' },
    constraints: [],
    ...changes,
  });

  test('the image is the one that is made here, and nothing is left there', async () => {
    const app = appAt(await writeTree(join(root, 'remote'), tree));
    const here = await builderWith('buildah', join(root, 'cache')).build(requestFor(app, join(root, 'images-here')));
    const notes: string[] = [];
    const progress = (event: ProgressEvent) => event.kind === 'note' && notes.push(event.text);
    const there = builderWith('buildah', join(root, 'cache'), [node()], server);
    const artifact = await there.build(requestFor(app, join(root, 'images-there'), { progress }));
    assert.deepEqual(artifact, here);
    assert.match(notes.join('\n'), /buildah version .*\/buildah on haskelseed/);
    assert.match(notes.join('\n'), /fetching the image from haskelseed/);

    const again: string[] = [];
    const noted = (event: ProgressEvent) => event.kind === 'note' && again.push(event.text);
    assert.deepEqual(await there.build(requestFor(app, join(root, 'images-there'), { progress: noted })), here);
    assert.doesNotMatch(again.join('\n'), /fetching/, 'what is here is not fetched again');
    assert.deepEqual(await readdir(join(root, 'their-cache/railiance/builds')), []);
  });

  test('another node is asked where one has no tool or does not answer; a changed host key ends it', async () => {
    const app = appAt(await writeTree(join(root, 'nodes'), tree));
    const request = requestFor(app, join(root, 'images'));
    const gone = node({ name: 'gone', ssh: { ...server.target, port: 1 } });
    const artifact = await builderWith('buildah', join(root, 'cache'), [gone, node()], server).build(request);
    assert.equal(artifact.builder, 'dockerfile');
    const only = builderWith('buildah', join(root, 'cache'), [gone], server).build(request);
    await assert.rejects(only, /reach gone by SSH: .*refused/);
    const host = node({ ssh: { host: '-oProxyCommand=id' } });
    await assert.rejects(builderWith('buildah', join(root, 'cache'), [host], server).build(request), /not a host/);
  });

  test('a node that is this machine is not reached by SSH', async () => {
    const app = appAt(await writeTree(join(root, 'self'), tree));
    const self = node({ ssh: { host: '-oProxyCommand=id' }, name: hostname() });
    const builder = builderWith('buildah', join(root, 'cache'), [self], server);
    assert.equal((await builder.build(requestFor(app, join(root, 'images')))).builder, 'dockerfile');
  });
});

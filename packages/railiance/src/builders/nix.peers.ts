import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { BlueprintNode } from '../domain/blueprint.ts';
import { Failure } from '../domain/failure.ts';
import type { ProgressEvent } from '../domain/progress.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { nixEnvironment, sampleFlake } from '../testing/flake.ts';
import { type SshServer, startSshServer } from '../testing/sshServer.ts';
import { writeTree } from '../testing/tree.ts';
import { appAt, builderContract, requestFor } from './contract.ts';
import { nixBuilder } from './nix.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-nix-'));
const tree = sampleFlake();
// As after `nix build` by hand: what the environment says of the store is the user's.
const env = nixEnvironment(join(root, 'nix'));
Object.assign(process.env, env);
let server: SshServer;

before(async () => {
  server = await startSshServer();
});
after(async () => {
  await server.stop();
  // Stores are read-only.
  execFileSync('chmod', ['-R', 'u+w', root]);
  await rm(root, { recursive: true });
});

function builderAt(cacheDir: string, nodes: readonly BlueprintNode[] = []) {
  return nixBuilder({ exec: createLocalExec(), cacheDir, nodesOf: async () => nodes, ssh: server?.options ?? {} });
}

builderContract('nix', {
  make: (cacheDir) => builderAt(cacheDir),
  tree,
  file: 'app/run',
  other: 'two\n',
  makesImage: false,
});

async function build(name: string, options: Record<string, unknown>, nodes: readonly BlueprintNode[] = []) {
  const lines: string[] = [];
  const progress = (event: ProgressEvent) => {
    if (event.kind !== 'bytes') lines.push(event.kind === 'log' ? event.line : event.text);
  };
  const app = appAt(await writeTree(join(root, name), tree), { build: { options, env: {} } });
  const request = requestFor(app, join(root, `images-${name}`), { progress });
  return { artifact: await builderAt(join(root, 'cache'), nodes).build(request), lines };
}

test('built on the node that may build it, the image is the same to the byte', async () => {
  const here = await build('here', {});
  const node: BlueprintNode = {
    name: 'haskelseed',
    roles: ['builder'],
    ssh: server.target,
    resources: {},
    env,
    constraints: [],
  };
  const there = await build('there', {}, [node]);
  assert.deepEqual(there.artifact, here.artifact);
  assert.equal(there.artifact.builder, 'nix');
  assert.match(there.lines[0] ?? '', /nix \(Nix\) \d.* on haskelseed/);
  assert.ok(there.lines.includes('fetching the image from haskelseed'));
});

test('the log of the derivation is passed on while it is built', async () => {
  const { lines } = await build('logged', { attribute: 'stream' });
  assert.ok(
    lines.some((line) => line.endsWith('so far')),
    lines.join('\n'),
  );
});

test('what streamLayeredImage makes, a program that writes the archive, gives the same image', async () => {
  assert.equal(
    (await build('stream', { attribute: 'stream' })).artifact.configDigest,
    (await build('plain', {})).artifact.configDigest,
  );
});

test('an output that is no image, and one that is not there, are told', async () => {
  await assert.rejects(build('folder', { attribute: 'folder' }), /\.#folder is a folder, not an image/);
  await assert.rejects(build('absent', { attribute: 'absent' }), (error) => {
    assert.ok(error instanceof Failure);
    assert.match(error.message, /build probe on this machine: nix ended with exit code 1: .*absent/);
    return true;
  });
});

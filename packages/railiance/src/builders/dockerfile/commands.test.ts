import assert from 'node:assert/strict';
import { test } from 'node:test';

import { buildCommand, type DockerfileBuild, readImageId, saveCommand } from './commands.ts';

const of = (tool: DockerfileBuild['tool'], options: DockerfileBuild['options'] = {}): DockerfileBuild => ({
  tool,
  program: `/usr/bin/${tool}`,
  options,
  labels: { title: 'Probe; rm -rf' },
  directory: '/builds/1',
});
const id = `sha256:${'a'.repeat(64)}`;

test('every tool gets fixed times, the labels, and a file for the name of the image', () => {
  assert.deepEqual(buildCommand(of('buildah')), [
    ...['/usr/bin/buildah', 'bud', '--layers', '--format', 'docker', '--timestamp', '1'],
    ...['--label', 'title=Probe; rm -rf', '--iidfile', 'image-id', '--file', 'Dockerfile', '/builds/1/context'],
  ]);
  assert.deepEqual(buildCommand(of('podman')).slice(0, 3), ['/usr/bin/podman', 'build', '--layers']);
  const docker = buildCommand(of('docker')).join(' ');
  assert.match(docker, /^\/usr\/bin\/docker build --build-arg SOURCE_DATE_EPOCH=1 --label/);
  assert.doesNotMatch(docker, /--timestamp|--format/);
});

test('values are part of the word of their option: none is an option of its own', () => {
  const command = buildCommand(of('podman', { target: 'final', args: { A: '--privileged', B: '' } }));
  assert.ok(command.join(' ').includes('--target final --build-arg A=--privileged --build-arg B= --label'));
});

test('images are written by the name that the tool gave them', () => {
  assert.deepEqual(saveCommand(of('buildah'), id).slice(1), ['push', '--quiet', id, 'docker-archive:image.tar']);
  assert.deepEqual(saveCommand(of('podman'), id).slice(-3), ['--output', 'image.tar', id]);
  assert.deepEqual(saveCommand(of('docker'), id).slice(1), ['save', '--output', 'image.tar', id]);
});

test('what is not the name of an image is not taken for one', () => {
  assert.equal(readImageId(`${id}\n`, 'build'), id);
  for (const text of ['', 'latest', `${id} --privileged`, `sha256:${'A'.repeat(64)}`]) {
    assert.throws(() => readImageId(text, 'build'));
  }
});

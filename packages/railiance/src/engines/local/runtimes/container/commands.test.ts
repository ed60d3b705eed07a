import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Failure } from '../../../../domain/failure.ts';
import type { RuntimeSpec } from '../runtime.ts';
import * as commands from './commands.ts';

const { docker, podman } = commands;

const spec: RuntimeSpec = {
  id: 'probe-canary-1',
  layoutDir: '/images',
  manifestDigest: `sha256:${'a'.repeat(64)}`,
  env: {},
  volumes: [],
  resources: {},
  directory: '/instances/probe-canary-1',
  onLine: () => undefined,
};

const start = (changes: Partial<RuntimeSpec>, dialect = docker) =>
  commands.runArguments(dialect, 'image:1', { ...spec, ...changes }).join(' ');

const plain = 'run --name railiance-probe-canary-1 --label dev.railiance.instance=probe-canary-1 --init --network host';
const quiet = '--pull never --log-driver none --security-opt no-new-privileges';

const cases: readonly [string, string, string][] = [
  ['the image as it is', start({}), `docker ${plain} ${quiet} image:1`],
  ['podman', start({}, podman), `podman ${plain} ${quiet} image:1`],
  ['a command', start({ command: ['node', 'a b', '-x'] }), `docker ${plain} ${quiet} --entrypoint node image:1 a b -x`],
  ['secrets, by name alone', start({ env: { TOKEN: 's3cret' } }), `docker ${plain} ${quiet} --env TOKEN image:1`],
  ['what the client needs itself', start({ env: { HOME: '/h' } }), `docker ${plain} ${quiet} --env HOME=/h image:1`],
  [
    'limits',
    start({ resources: { memoryBytes: 1024, cpus: 0.5 } }),
    `docker ${plain} ${quiet} --memory 1024b --memory-swap 1024b --cpus 0.5 image:1`,
  ],
  [
    'volumes',
    start({ volumes: [{ name: 'data', path: '/data', hostPath: '/v/a,"b' }] }),
    `docker ${plain} ${quiet} --mount type=bind,"source=/v/a,""b",target=/data image:1`,
  ],
  ['loading', commands.loadArguments(podman).join(' '), 'podman load --quiet'],
  ['a signal', commands.signalArguments(docker, 'x', 'SIGTERM').join(' '), 'docker kill --signal SIGTERM railiance-x'],
  ['removing, docker', commands.removeArguments(docker, 'x').join(' '), 'docker rm --force --volumes railiance-x'],
  [
    'removing, podman',
    commands.removeArguments(podman, 'x').join(' '),
    'podman rm --force --volumes --time 0 railiance-x',
  ],
  [
    'what an earlier agent left',
    commands.leftoverArguments(docker, 'x').join(' '),
    'docker ps --all --quiet --filter label=dev.railiance.instance=x',
  ],
];

for (const [name, actual, expected] of cases) {
  test(`container command: ${name}`, () => assert.equal(actual, expected));
}

test("the client gets the app's values and keeps its own settings", () => {
  const own = {
    PATH: '/bin',
    HOME: '/root',
    DOCKER_HOST: 'unix:///x',
    XDG_RUNTIME_DIR: '/run/1',
    SECRET: 'x',
    LD_PRELOAD: 'y',
  };
  assert.deepEqual(commands.runEnvironment(own, { TOKEN: 's3cret', PATH: '/app/bin' }), {
    PATH: '/bin',
    HOME: '/root',
    DOCKER_HOST: 'unix:///x',
    XDG_RUNTIME_DIR: '/run/1',
    TOKEN: 's3cret',
  });
});

test('a variable that would mislead the client is refused by name', () => {
  for (const name of ['DOCKER_HOST', 'CONTAINER_HOST', 'LD_PRELOAD', 'XDG_RUNTIME_DIR']) {
    assert.throws(
      () => commands.runEnvironment({}, { [name]: 's3cret' }),
      (error) => error instanceof Failure && error.message.includes(name) && !error.message.includes('s3cret'),
    );
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scratchDirectory } from '../../../testing/scratch.ts';
import { writeTree } from '../../../testing/tree.ts';
import { clusterSettings } from '../settings.ts';
import { chartValues } from '../values.ts';
import { ownValues } from './ownValues.ts';

const directory = await scratchDirectory('own-values');
await writeTree(directory, {
  'a.yaml': 'nodeSelector: { disk: ssd, zone: a }\ningress: { annotations: { x: "1" } }\n',
  'b.yaml': 'nodeSelector: { zone: b }\n',
  'empty.yaml': '',
  'taken.yaml': 'image: { tag: x }\nreplicas: 3\ningress: { host: h }\n',
  'list.yaml': '- a\n',
});
const read = (...values: readonly string[]) => ownValues({ directory, values });

test('later files win, key by key', async () => {
  assert.deepEqual(await read('a.yaml', 'empty.yaml', 'b.yaml'), {
    nodeSelector: { disk: 'ssd', zone: 'b' },
    ingress: { annotations: { x: '1' } },
  });
  assert.equal(await read(), undefined);
});

test('what app.toml decides is refused by name, and so is what is no file of values', async () => {
  await assert.rejects(read('taken.yaml'), {
    problem: 'image, replicas, ingress.host cannot be set there',
    exitCode: 2,
  });
  await assert.rejects(read('list.yaml'), { message: /list\.yaml:1:1: it holds a list/, exitCode: 2 });
  await assert.rejects(read('missing.yaml'), { exitCode: 2 });
});

test('they reach the chart beside what app.toml says', async () => {
  const run = {
    ...{ port: 8000, env: {}, startTimeoutMs: 1, stopTimeoutMs: 1, replicas: 1, resources: {} },
    volumes: [],
  };
  const entry = {
    id: 'one',
    name: 'web-one',
    image: 'r/web:1',
    env: {},
    secretName: null,
    run,
    values: await read('a.yaml'),
  };
  const state = { app: 'web', stage: 's', host: 'web.test', active: 'one', instances: [entry] };
  const values = chartValues(state as never, clusterSettings('s', {}), { kind: 'ingress' });
  assert.deepEqual((values.ingress as { annotations?: unknown }).annotations, { x: '1' });
  assert.equal(values.ingress.host, 'web.test');
  assert.deepEqual((values.instances[0] as { nodeSelector?: unknown }).nodeSelector, { disk: 'ssd', zone: 'a' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';

import { sampleApp } from '../../../testing/sampleRelease.ts';
import { writtenChart } from './written.ts';

test('the chart that is written out has what app.toml says, and the comments of the built-in one', () => {
  const run = { ...sampleApp.run, port: 9000, health: { path: '/up' }, resources: { memoryBytes: 1 << 30 } };
  const deploy = { values: [], host: 'hub.test' };
  const files = writtenChart({ slug: 'hub', build: { options: {}, env: {} }, run, deploy }, 'registry.test/team/hub');
  const values = files['values.yaml'] ?? '';
  assert.match(values, /# run before each upgrade/);
  const { app, image, ingress, port, health, secretRef, resources } = parse(values) as Record<string, unknown>;
  assert.deepEqual(
    { app, image, port, health, secretRef, resources },
    {
      ...{ app: 'hub', image: { repository: 'registry.test/team/hub', tag: '', pullSecrets: [] }, port: 9000 },
      ...{ health: { path: '/up' }, secretRef: 'hub-env' },
      resources: { requests: { memory: '1073741824' }, limits: { memory: '1073741824' } },
    },
  );
  assert.equal((ingress as { host: string }).host, 'hub.test');
  assert.deepEqual(Object.keys(files).sort(), [
    ...['Chart.yaml', 'templates/_helpers.tpl', 'templates/deployment.yaml', 'templates/ingress.yaml'],
    ...[
      'templates/migration.yaml',
      'templates/service.yaml',
      'templates/volume.yaml',
      'values.prod.yaml',
      'values.yaml',
    ],
  ]);
});

test('words that Helm, which reads by YAML 1.1, would take for something else are names and values as any', () => {
  const env = { FEATURE: 'on', ANSWER: 'y', LIMIT: '1e3' };
  for (const slug of Object.values(env)) {
    const about = { slug, build: { options: {}, env: {} }, run: { ...sampleApp.run, env }, deploy: { values: [] } };
    const files = writtenChart(about, 'registry.test/a');
    const read = (file: string) => parse(files[file] ?? '', { version: '1.1' }) as Record<string, unknown>;
    assert.deepEqual([read('Chart.yaml').name, read('values.yaml').app], [slug, slug]);
    assert.deepEqual(read('values.yaml').env, env);
  }
});

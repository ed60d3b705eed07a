import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { pathOf, type Workload } from '../../kubernetes/objects.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';
import { writeTree } from '../../testing/tree.ts';

const slug = 'mistaken';
const chart = `helm/${slug}`;
const toml = (values = '') => `
[build]
builder = "node"
[secrets]
generate = ["SESSION"]
[deploy]
chart = "${chart}"
${values}
[[smoke]]
path = "/"
`;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('mistakes', { slug, toml: toml() });
  await mended();
  await app.succeeds('one', 'deploy');
});
after(() => app.close());

const mended = () =>
  writeSeedChart(join(app.folder, chart), { slug, repository: `${app.lab.registry}/${slug}`, host: app.host });
const inChart = async (path: string, content: string) =>
  void (await writeTree(join(app.folder, chart), { [path]: content }));
const configMap = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  x: ${value}\n`;

const mistakes: readonly (readonly [name: string, make: () => Promise<void>, words: RegExp])[] = [
  [
    'its values for the stage are broken YAML',
    () => inChart('values.production.yaml', 'replicas: 1\nresources: [\n'),
    /read the values file \S+helm\/mistaken\/values\.production\.yaml:3:1: /,
  ],
  [
    "the chart's own values are broken YAML",
    () => inChart('values.yaml', 'image:\n  tag: x\n bad: 1\n'),
    /render the chart helm\/mistaken: .*values\.yaml.*line \d/,
  ],
  [
    'a template reads what no values file gives',
    () => inChart('templates/config.yaml', configMap('{{ .Values.mail.server.name }}')),
    /render the chart helm\/mistaken: .*templates\/config\.yaml:6:\d+.*nil pointer evaluating/,
  ],
  [
    'a template is cut off',
    () => inChart('templates/config.yaml', configMap('{{ if }}')),
    /render the chart helm\/mistaken: .*templates\/config\.yaml:6.*missing value for if/,
  ],
  [
    'a template comes to broken YAML',
    () => inChart('templates/config.yaml', 'a:\n  - b\n c: 1\n'),
    /render the chart helm\/mistaken: .*templates\/config\.yaml.*line 2/,
  ],
  [
    'a values file that app.toml names is not there',
    () => app.configure(toml('values = ["values/live.yaml"]')),
    /read the values file \S+values\/live\.yaml: there is no such file/,
  ],
];

describe("a chart of the app's own with a mistake in it", () => {
  for (const [name, make, words] of mistakes) {
    test(`is refused before anything is changed, by file and line: ${name}`, async (context) => {
      const deployment = () => app.lab.api.call<Workload>(pathOf('deployments', app.namespace, slug));
      const before = await deployment();
      await app.configure(toml());
      await writeTree(join(app.folder, chart), { 'values.production.yaml': '', 'templates/config.yaml': '' });
      await mended();
      await make();
      await app.version(name);
      const output = await app.must(4, 'one', 'deploy');
      context.diagnostic(output.split('\n').find((line) => /NO-GO/.test(line)) ?? '');
      assert.match(output, /cause +gate: NO-GO: chart: /);
      assert.match(output.replaceAll(/\s+/g, ' '), words);
      assert.match(await app.must(2, 'one', 'plan'), words);
      assert.equal((await deployment()).metadata.generation, before.metadata.generation);
      assert.equal(await app.serves(), 'version v1');
    });
  }
});

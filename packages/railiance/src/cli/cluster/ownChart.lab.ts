import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { findPrograms } from '../../exec/which.ts';
import { type KubeList, type Pod, pathOf, type SecretObject, type Workload } from '../../kubernetes/objects.ts';
import { read } from '../../kubernetes/store.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { type SeedChartOptions, writeSeedChart } from '../../testing/cluster/seedChart.ts';

const slug = 'inter-hub';
const toml = (registry: string) => `
kind = "native"
registry = "${registry}"
[build]
builder = "node"
[secrets]
generate = ["SESSION"]
[deploy]
chart = "railiance-apps/helm/inter-hub"
[[smoke]]
path = "/"
expect = { status = 200, body = "version" }
`;

for (const name of ['helm', 'helm3']) {
  describe(`a chart that is not made for railiance, with ${name}`, () => {
    let app: DeployedApp;
    let chart: SeedChartOptions;
    const write = (changes: Partial<SeedChartOptions> = {}) =>
      writeSeedChart(join(app.folder, 'railiance-apps/helm', slug), { ...chart, ...changes });

    before(async () => {
      const [helm] = findPrograms(name);
      if (helm === undefined) throw new Error(`there is no ${name} in PATH`);
      app = await openDeployedApp(`chart-${name}`, { slug, settings: `helm = "${helm}"` });
      const repository = `${app.lab.registry}/${app.lab.mark}/${slug}`;
      await writeFile(
        join(app.folder, slug, 'app.toml'),
        `[app]\nname = "${slug}"\nslug = "${slug}"\n${toml(repository)}`,
      );
      chart = { slug, repository, host: app.host };
      await write();
    });
    after(() => app.close());

    const deployment = () => app.lab.api.call<Workload>(pathOf('deployments', app.namespace, slug));
    const pods = async () => {
      const query = { labelSelector: `app=${slug}` };
      const { items } = await app.lab.api.call<KubeList<Pod>>(pathOf('pods', app.namespace), { query });
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    };

    test('is deployed with its tag and digest, and its pods run just that', async () => {
      assert.match(await app.succeeds('one', 'deploy'), /is live and verified as release 1/);
      assert.equal(await app.serves(), 'version v1');
      const [pod] = await pods();
      const [container] = pod?.status?.containerStatuses ?? [];
      const { published } = (await release(app, 1)) as { published: { reference: string } };
      const [, digest = 'none'] = published.reference.split('@');
      assert.ok(container?.imageID.endsWith(digest), container?.imageID);
      const fixed = await read<SecretObject>(app.lab.api, pathOf('secrets', app.namespace, `${slug}-env`));
      assert.equal(Buffer.from(fixed?.data?.SESSION ?? '', 'base64').toString(), await app.serves('/env/SESSION'));
    });

    test('serves the next version, and is restarted', async () => {
      await app.version('v2');
      await app.succeeds('one', 'deploy');
      assert.equal(await app.serves(), 'version v2');
      const [before] = await pods();
      await app.succeeds('two', 'restart', slug);
      const now = await pods();
      assert.equal(now.length, 1);
      assert.notEqual(now[0]?.metadata.name, before?.metadata.name);
      assert.equal(await app.serves(), 'version v2');
    });

    test('comes back from a version that crashes, and says why', async () => {
      await app.version('broken', "console.error('no such table: hubs'); process.exit(7);");
      const { exitCode, output } = await app.railiance('one', 'deploy');
      assert.equal(exitCode, 1, output);
      assert.match(output, /crash: it ended with exit code 7: no such table: hubs/);
      assert.equal(await app.serves(), 'version v2');
      assert.equal((await pods()).length, 1, 'the pod that crashed is gone');
      assert.match(await app.succeeds('two', 'status'), /✓ serving +#2/);
    });

    test('is rolled back with the secrets of that release', async () => {
      const session = await app.serves('/env/SESSION');
      await app.succeeds('two', 'secrets', 'rotate', 'SESSION', '--stage', 'production');
      await app.version('v3');
      await app.succeeds('one', 'deploy');
      assert.notEqual(await app.serves('/env/SESSION'), session, 'the new value is used');
      await app.succeeds('two', 'rollback', slug);
      assert.equal(await app.serves(), 'version v2');
      assert.equal(await app.serves('/env/SESSION'), session);
    });

    const refusals: readonly (readonly [name: string, changes: Partial<SeedChartOptions>, words: RegExp])[] = [
      [
        'whose pods would not run the digest',
        { image: '{{ .Values.image.repository }}:{{ .Values.image.tag | splitList "@" | first }}' },
        /gate: .*no Deployment of it runs the image by its digest; its images are .*hint: /s,
      ],
      [
        'that makes a label of the tag',
        { labels: '        version: "{{ .Values.image.tag }}"' },
        /gate: .*has image\.tag as its label version.*hint: /s,
      ],
    ];
    for (const [what, changes, words] of refusals) {
      test(`${what} is refused before anything is changed`, async () => {
        const before = await deployment();
        await write(changes);
        await app.version(`refused ${what}`);
        const { exitCode, output } = await app.railiance('one', 'deploy');
        assert.equal(exitCode, 4, output);
        assert.match(output, words);
        assert.equal((await deployment()).metadata.generation, before.metadata.generation);
        assert.equal(await app.serves(), 'version v2');
      });
    }

    test('that puts another image on the cluster than it shows is found out by its pods', async () => {
      // Rendered here, `lookup` finds nothing; on the cluster it does.
      const { published } = (await release(app, 1)) as { published: { reference: string } };
      const asked = '{{ .Values.image.repository }}:{{ .Values.image.tag }}';
      const image = `{{ if lookup \`v1\` \`Namespace\` \`\` .Release.Namespace }}${published.reference}{{ else }}${asked}{{ end }}`;
      await write({ image });
      await app.version('v4');
      const { exitCode, output } = await app.railiance('one', 'deploy');
      assert.equal(exitCode, 1, output);
      assert.match(output, /a pod runs .*, and not sha256:/);
      assert.equal(await app.serves(), 'version v2');
    });
  });
}

/** A release's record, as the command line shows it. */
async function release(app: DeployedApp, number: number): Promise<unknown> {
  const entries = JSON.parse(await app.succeeds('one', 'history', slug, '--json')) as {
    readonly entries: readonly { readonly release?: { readonly number: number } }[];
  };
  return entries.entries.map((entry) => entry.release).find((one) => one?.number === number);
}

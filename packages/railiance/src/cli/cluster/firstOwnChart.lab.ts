import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { type DeployedApp, openDeployedApp, plainToml } from '../../testing/cluster/deployedApp.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';

const slug = 'grown';
let app: DeployedApp;
let repository: string;
before(async () => {
  app = await openDeployedApp('grown', { slug });
  repository = `${app.lab.registry}/${app.lab.mark}/${slug}`;
});
after(() => app.close());

describe('an app that gets a chart of its own', () => {
  test('goes on with the built-in one where the first release by its own fails', async () => {
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves(), 'version v1');
    await writeSeedChart(join(app.folder, 'charts', slug), { slug, repository, host: app.host });
    await app.configure(`registry = "${repository}"${plainToml}[deploy]\nchart = "charts/${slug}"\n`);
    await app.version('broken', 'process.exit(7);');
    const said = await app.must(1, 'one', 'deploy');
    assert.match(said, /crash: it ended with exit code 7/);
    assert.equal(await app.serves(), 'version v1');
    assert.match(await app.succeeds('two', 'status'), /✓ serving +#1/);
  });

  test('is deployed by it, and not taken back by the built-in one, which would leave nothing to serve meanwhile', async () => {
    await app.version('v2');
    await app.succeeds('two', 'deploy');
    assert.equal(await app.serves(), 'version v2');
    const said = await app.must(1, 'one', 'rollback', slug);
    assert.match(said, /serves by the app's own chart.*\n?.*release 2 serves/s);
    assert.equal(await app.serves(), 'version v2');
  });
});

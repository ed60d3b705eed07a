import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

describe('a stage that becomes the production one while an app runs there', () => {
  let app: DeployedApp;
  before(async () => {
    app = await openDeployedApp('made', { slug: 'made' });
    await app.succeeds('one', 'deploy');
  });
  after(() => app.close());

  const setProduction = async (from: boolean, to: boolean) => {
    const file = join(app.folder, 'blueprint.toml');
    const text = await readFile(file, 'utf8');
    assert.ok(text.includes(`production = ${from}`));
    await writeFile(file, text.replace(`production = ${from}`, `production = ${to}`));
  };
  const helmNames = async () => {
    const { stdout } = await promisify(execFile)('helm', ['list', '--namespace', app.namespace, '--short']);
    return stdout.trim().split('\n');
  };

  test('goes on under its names, without one failed request, and so it does when that is taken back', async () => {
    const names = await helmNames();
    const guest = app.visitor();
    for (const [version, from, to] of [
      ['v2', false, true],
      ['v3', true, false],
    ] as const) {
      await setProduction(from, to);
      await app.version(version);
      await app.succeeds('one', 'deploy', '--yes');
      assert.equal(await app.serves(), `version ${version}`);
      await app.succeeds('one', 'restart', 'made', '--yes');
      assert.deepEqual(await helmNames(), names);
    }
    await guest.stop();
    assert.deepEqual(guest.failures, []);
  });
});

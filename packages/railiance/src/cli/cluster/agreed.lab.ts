import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type DeployedApp, ended, openDeployedApp, plainToml } from '../../testing/cluster/deployedApp.ts';

const slug = 'agreed';
const toml = `${plainToml}[stages.production]\napproval = true\n`;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('agreed', { slug, toml });
});
after(() => app.close());

/** Digest of the image here, as the refused command names it. */
async function refusedDigest(machine: string): Promise<string> {
  const words = await app.must(4, machine, 'deploy', '--stage', 'production');
  return /--digest (sha256:[0-9a-f]{64})/.exec(words)?.[1] ?? assert.fail(words);
}

const approve = (machine: string, ...words: readonly string[]) =>
  app.succeeds(machine, 'approve', slug, '--stage', 'production', ...words);

describe('what a person says of a cluster stage on one machine', () => {
  let first: string;

  test('lets another machine deploy', async () => {
    first = await refusedDigest('one');
    await approve('two', '--digest', first, '--reason', 'tried it', '--yes');
    assert.match(await approve('three', '--list'), /stands/);
    assert.match(await app.succeeds('one', 'deploy'), /is live and verified as release 1/);
  });

  test('is heard by a machine that waits for it', async () => {
    await app.version('v2');
    const second = await refusedDigest('one');
    const waiting = app.start('one', 'deploy', '--wait', '60s');
    const end = ended(waiting);
    await new Promise<void>((resolve) => {
      waiting.stderr?.on('data', (words) => /waiting for a yes/.test(String(words)) && resolve());
      void end.then(() => resolve());
    });
    await approve('two', '--digest', second, '--yes');
    const { exitCode, output } = await end;
    assert.equal(exitCode, 0, output);
    assert.equal(await app.serves(), 'version v2');
  });

  test('counts once, on whichever machine it was used', async () => {
    await app.version('v1');
    assert.equal(await refusedDigest('two'), first);
    assert.match(await app.must(4, 'two', 'deploy'), /yes was used by run /);
    await approve('three', '--digest', first, '--yes');
    await approve('two', '--withdraw');
    assert.match(await app.must(4, 'one', 'deploy'), /took the yes back/);
  });

  test('about a leak bars the way back for everybody', async () => {
    const { stdout } = await app.railiance('two', 'rollback', slug, '--plan');
    assert.match(stdout, /release 1/i);
    await app.succeeds('one', 'secrets', 'revoke', 'SESSION', '--release', '1', '--reason', 'in a log of 3 May');
    assert.match(await app.must(2, 'two', 'rollback', slug), /no release before 2 .* secrets were not revoked/);
    assert.match(await app.must(4, 'two', 'rollback', slug, '--to', '1'), /in a log of 3 May/);
    assert.equal(await app.serves(), 'version v2');
  });
});

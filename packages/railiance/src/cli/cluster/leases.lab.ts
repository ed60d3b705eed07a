import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { assertSettled } from '../../../../../test/chaos/invariants.ts';
import { askedFrom, type DeployedApp, ended, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { isAlive, type MarkedHelm, markHelm, untilPending, untilStarting } from '../../testing/cluster/killing.ts';
import { commandLine } from '../../testing/commandLine.ts';
import { writeTree } from '../../testing/tree.ts';

const races = process.env.RAILIANCE_LAB_FULL === '1' ? 50 : 3;
const slug = 'fenced';

/** A process whose wall clock shows another time, by a function of the milliseconds since it began. */
const clockOf = (offMs: string) => {
  const begun =
    'const D = Date, began = performance.now(), off = () => { const ms = performance.now() - began; return ';
  const skewed = `${begun}${offMs}; };
globalThis.Date = class extends D { constructor(...a) { a.length ? super(...a) : super(D.now() + off()); } static now() { return D.now() + off(); } };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(skewed)}` };
};
const hosts = {
  jumping: clockOf('ms < 2000 ? 0 : ms < 4000 ? 3600e3 : -3600e3'),
  ahead: clockOf('3600e3'),
};

let app: DeployedApp;
let helm: MarkedHelm;
before(async () => {
  app = await openDeployedApp('leases', { slug, hosts });
  helm = await markHelm(app);
  await app.settings(`helm = "${helm.program}"`);
  await app.succeeds('one', 'deploy');
  await app.succeeds('two', 'deploy');
});
after(() => app.close());

describe('the lease in a cluster', () => {
  test(`lets one of two deploys through, ${races} times, and the other names who holds it`, async () => {
    for (let count = 1; count <= races; count += 1) {
      await app.version(`race ${count}`);
      const machines = ['one', 'two'] as const;
      const both = await Promise.all(machines.map((machine) => app.railiance(machine, 'deploy', '--wait', '0s')));
      const codes = both.map(({ exitCode }) => exitCode).sort();
      const words = both.map(({ output }) => output).join('\n');
      // Where one is over before the other asks, that one finds the release serving already.
      assert.ok(codes[0] === 0 && (codes[1] === 3 || /serves already/.test(words)), words);
      if (codes[1] === 3)
        assert.match(words, /it is held by .* on .*, process \d+, `deploy fenced --stage production`/);
      assert.equal(await app.serves(), `version race ${count}`);
      await assertSettled(askedFrom(app, 'two'), 'production');
    }
  });

  test('is of one app: another on the same stage is deployed at the same time', async () => {
    const cwd = join(app.folder, 'other');
    await writeTree(cwd, {
      'app.toml': '[app]\nname = "other"\n[build]\nbuilder = "node"\n',
      'package.json': { name: 'other', version: '1.0.0', type: 'module', main: 'server.js' },
      'server.js': await readFile(join(app.directory, 'server.js')),
    });
    await app.version('slow', 'await new Promise((done) => setTimeout(done, 5000));');
    const child = app.start('one', 'deploy');
    const slow = ended(child);
    await untilStarting(app);
    const other = await commandLine(['deploy'], { cwd, env: app.env('two') });
    assert.equal(other.exitCode, 0, other.stdout + other.stderr);
    assert.equal((await slow).exitCode, 0);
    assert.equal(await app.serves(), 'version slow');
  });

  test('is lost by a holder that stands still for too long: when it comes back it writes nothing', async () => {
    await app.version('stopped', 'await new Promise((done) => setTimeout(done, 3000));');
    const child = app.start('one', 'deploy');
    const gone = ended(child);
    await untilStarting(app);
    child.kill('SIGSTOP');
    await app.version('meanwhile');
    await app.succeeds('two', 'deploy', '--wait', '90s');
    assert.equal(await app.serves(), 'version meanwhile');
    child.kill('SIGCONT');
    const { exitCode, output } = await gone;
    assert.equal(exitCode, 3, output);
    await wait(1_000);
    assert.equal(await app.serves(), 'version meanwhile');
    await assertSettled(askedFrom(app, 'two'), 'production');
  });

  test('goes by elapsed time: a clock that is an hour off, and jumps, loses it to nobody and takes it from nobody', async (context) => {
    await app.version('jumping', 'await new Promise((done) => setTimeout(done, 14_000));');
    const child = app.start('jumping', 'deploy');
    const gone = ended(child);
    await untilStarting(app);
    await wait(4_000);
    // Its clock has jumped to and fro by now, and that of who asks is an hour ahead of everybody's.
    assert.match(await app.must(3, 'ahead', 'deploy', '--wait', '0s'), /it is held by .* on jumping/);
    const { exitCode, output } = await gone;
    assert.equal(exitCode, 0, output);
    assert.equal(await app.serves(), 'version jumping');

    await app.version('from ahead');
    const dying = app.start('one', 'deploy');
    const died = ended(dying);
    await untilStarting(app);
    dying.kill('SIGKILL');
    await died;
    const diedMs = performance.now();
    await app.succeeds('ahead', 'deploy', '--wait', '90s');
    const tookMs = performance.now() - diedMs;
    context.diagnostic(`taken over ${(tookMs / 1000).toFixed(1)} s after its holder died`);
    assert.ok(tookMs > 27_000, 'an hour ahead it waited for the lease all the same');
    assert.equal(await app.serves(), 'version from ahead');
    await assertSettled(askedFrom(app, 'two'), 'production');
  });

  test('leaves no helm behind: one whose parent is dead ends before anybody may take over', async () => {
    await app.version('orphaned');
    await helm.forget();
    const child = app.start('one', 'deploy');
    const gone = ended(child);
    await untilPending(app, 'pending-upgrade');
    const pid = helm.pid('upgrade') as number;
    process.kill(pid, 'SIGSTOP');
    child.kill('SIGKILL');
    await gone;
    const diedMs = performance.now();
    while (isAlive(pid) && performance.now() - diedMs < 30_000) await wait(100);
    assert.ok(performance.now() - diedMs < 16_000, 'the helm is gone before the lease is');
    await app.succeeds('two', 'deploy', '--wait', '90s');
    assert.equal(await app.serves(), 'version orphaned');
    await assertSettled(askedFrom(app, 'two'), 'production');
  });
});

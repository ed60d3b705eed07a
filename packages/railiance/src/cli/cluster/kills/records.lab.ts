import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type DeployedApp, openDeployedApp } from '../../../testing/cluster/deployedApp.ts';
import { journals, killAtRecord } from '../../../testing/cluster/killing.ts';
import { assertHealed, type Cure, cure, full, random, seed } from '../../../testing/cluster/settling.ts';

/** A sample takes every fourth record, beginning where the seed says, which also says who is cured how. */
const step = full ? 1 : 4;
const first = full ? 1 : 1 + Math.floor(random() * step);
const cures: readonly Cure[] = ['undo', 'resume', 'again', 'rollback'];
const firstCure = Math.floor(random() * cures.length);
const mostRecords = 60;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('kills', { slug: 'killed' });
  await app.succeeds('one', 'deploy');
  await app.version('v2');
  await app.succeeds('one', 'deploy');
});
after(() => app.close());

describe(`a deploy that is killed (seed ${seed})`, () => {
  test(`after each ${full ? '' : `${step}th `}journal record is settled from another machine`, async (context) => {
    const guest = app.visitor();
    let kills = 0;
    const served = new Set(['version v1', 'version v2']);
    for (let count = first; count < mostRecords; count += step) {
      const old = await app.serves();
      await app.version(`k${count}`);
      const hit = await killAtRecord(app, () => app.start('one', 'deploy'), await journals(app), count);
      assert.ok([old, `version k${count}`].includes(await app.serves()), `record ${count}: something serves`);
      const how = cures[(firstCure + kills) % cures.length] ?? 'again';
      await cure(app, how);
      await assertHealed(app);
      const now = await app.serves();
      // What comes back is the release before the one that the run ended with: that may be older than what served.
      assert.ok(how === 'rollback' ? served.has(now) : [old, `version k${count}`].includes(now), `${how}: ${now}`);
      served.add(now);
      assert.deepEqual(guest.failures, [], `record ${count}: no request failed`);
      context.diagnostic(hit ? `killed after record ${count}, then ${how}` : `it ended before record ${count}`);
      if (!hit) break;
      kills += 1;
    }
    await guest.stop();
    context.diagnostic(`${kills} kills, ${guest.answers} requests meanwhile`);
    assert.ok(kills >= (full ? 15 : 4), `${kills} kills`);
  });
});

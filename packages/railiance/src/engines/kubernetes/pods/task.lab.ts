import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeList, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { setScene } from '../../contract/fixture.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

async function podsOf(app: string): Promise<readonly Pod[]> {
  const query = { labelSelector: selectorOf({ [labelOf.app]: app, [labelOf.kind]: 'task' }) };
  return (await fixture.lab.api.call<KubeList<Pod>>(pathOf('pods', `${fixture.lab.mark}-apps`), { query })).items;
}

const runs = ({ status }: Pod) => status?.containerStatuses?.some(({ state }) => state?.running) ?? false;

/** Looks until it is told to stop: the most that ran at the same time, and the names of all there were. */
function watching(app: string) {
  const seen = { most: 0, names: new Set<string>() };
  let over = false;
  const looking = (async () => {
    while (!over) {
      const pods = await podsOf(app);
      for (const { metadata } of pods) seen.names.add(metadata.name);
      seen.most = Math.max(seen.most, pods.filter(runs).length);
      await wait(50);
    }
  })();
  const stop = async () => {
    over = true;
    await looking;
    return seen;
  };
  return { stop };
}

describe('two migrators', () => {
  test('of one run are one: whoever comes second waits for what the first began', async () => {
    const { engine, task, context, command, target } = await setScene(fixture);
    const watched = watching(target.app);
    const both = await Promise.all([1, 2].map(() => engine.task(task('migrate', command('say')), context())));
    const { names } = await watched.stop();
    assert.deepEqual(
      both.map(({ exitCode, timedOut }) => [exitCode, timedOut]),
      [
        [0, false],
        [0, false],
      ],
    );
    assert.equal(names.size, 1, 'there was one pod');
  });

  test('of two runs never work at the same time, though the first ends only when it is killed', async () => {
    const { engine, task, context, command, target } = await setScene(fixture);
    const watched = watching(target.app);
    // As the first process of a container it is deaf to SIGTERM, and ends when its five seconds are over.
    const first = engine.task(task('one', command('hang'), 60_000), context(1)).catch((error: unknown) => error);
    while (!(await podsOf(target.app)).some(runs)) await wait(50);
    const second = await engine.task(task('two', command('say')), context(2));
    const { most, names } = await watched.stop();
    assert.equal(second.exitCode, 0);
    assert.equal(names.size, 2);
    assert.equal(most, 1, 'one at a time');
    await first;
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type KubeObject, type Pod, pathOf, type Workload } from '../../../kubernetes/objects.ts';
import { remove } from '../../../kubernetes/store.ts';
import { watch } from '../../../kubernetes/watch.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { setScene } from '../../contract/fixture.ts';
import { StartFailed } from '../../engine.ts';

let fixture: ClusterFixture;
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

/** Resolves with the first object of the one instance that is as wanted. */
async function firstOf<T extends KubeObject>(
  resource: 'deployments' | 'pods',
  id: string,
  isWanted: (object: T) => boolean = () => true,
): Promise<T> {
  const path = pathOf(resource, `${fixture.lab.mark}-apps`);
  const query = { labelSelector: selectorOf({ [labelOf.instance]: id }) };
  for await (const { object } of watch<T>(fixture.lab.api, path, query, AbortSignal.timeout(20_000))) {
    if (isWanted(object)) return object;
  }
  throw new Error(`none of the ${resource} of ${id} is as wanted within 20 s`);
}

describe('a Deployment that somebody removes while it starts is named, long before it would have had to be ready', () => {
  for (const { name, until } of [
    { name: 'before anybody watches it', until: async () => {} },
    {
      name: 'while its pods run',
      until: (id: string) => firstOf<Pod>('pods', id, ({ status }) => status?.phase === 'Running'),
    },
  ]) {
    test(name, { timeout: 60_000 }, async () => {
      const scene = await setScene(fixture);
      await scene.serve('a');
      const run = { health: { path: '/healthz' }, startTimeoutMs: 120_000 };
      const wanted = scene.spec('b', { BEHAVIOUR: 'never-ready' }, run);
      const started = scene.engine.start(wanted, scene.context()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const { metadata } = await firstOf<Workload>('deployments', wanted.id);
      await until(wanted.id);
      await remove(fixture.lab.api, pathOf('deployments', metadata.namespace, metadata.name));
      const error = await started;
      assert.ok(error instanceof StartFailed, String(error));
      assert.equal(error.why.summary, `somebody removed the Deployment ${metadata.name} while it started`);
      const { active, others } = await scene.engine.status(scene.target);
      assert.equal(active?.id, `${scene.target.app}-a`);
      assert.deepEqual(others, []);
    });
  }
});

import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { pathOf, type Resource } from '../../../kubernetes/objects.ts';
import { listMetadata, remove } from '../../../kubernetes/store.ts';
import { staying, type TargetState } from '../state/targetState.ts';
import { isMarkedKept, unmark } from './keepMark.ts';

const ofInstances: readonly Resource[] = ['deployments', 'services', 'ingressroutes', 'middlewares', 'ingresses'];

/**
 * Removes what there is of instances that are not to be, whether Helm knows of it or not: an instance's objects are made before
 * Helm records them, a killed helm may have made the rest, and what served is kept from Helm until the release is on record.
 * What is to be is Helm's own again.
 */
export async function tidy(api: Api, state: TargetState): Promise<void> {
  const { namespace, app, stage } = state;
  const instances = staying(state);
  const wanted = new Set(instances.map(({ id }) => id));
  const ours = selectorOf({ [labelOf.app]: app, [labelOf.stage]: stage });
  // With nothing left to run, the common Service and route go too.
  const labelSelector = instances.length === 0 ? ours : `${ours},${labelOf.instance}`;
  const sweep = async (resource: Resource) => {
    const found = await listMetadata(api, pathOf(resource, namespace), labelSelector).catch((error: unknown) => {
      if (isStatus(error, 404)) return [];
      throw error;
    });
    await Promise.all(
      found.map(async (metadata) => {
        const path = pathOf(resource, namespace, metadata.name);
        if (!wanted.has(metadata.labels?.[labelOf.instance] ?? '')) await remove(api, path);
        else if (isMarkedKept(metadata)) await unmark(api, path);
      }),
    );
  };
  await Promise.all(ofInstances.map(sweep));
}

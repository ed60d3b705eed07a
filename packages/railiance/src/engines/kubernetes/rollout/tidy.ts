import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { pathOf, type Resource, type Service } from '../../../kubernetes/objects.ts';
import { listMetadata, read, remove } from '../../../kubernetes/store.ts';
import { staying, type TargetState } from '../state/targetState.ts';
import { isMarkedKept, unmark } from './keepMark.ts';

const ofInstances: readonly Resource[] = ['deployments', 'services', 'ingressroutes', 'ingresses'];

/**
 * Removes what there is of instances that are not to be, whether Helm knows of it or not: an instance's objects are made before
 * Helm records them, a killed helm may have made the rest, and what served is kept from Helm until the release is on record.
 * What is to be is Helm's own again.
 * @param newest reads the state: an instance is in it before anything of it is made. So what another run makes meanwhile, which
 *   took over and is not in `state`, is left alone. So is what visitors are led to where the state leads them nowhere: it may have
 *   been lost.
 */
export async function tidy(
  api: Api,
  state: TargetState,
  newest: () => Promise<TargetState | undefined>,
): Promise<void> {
  const { namespace, app, stage } = state;
  const ours = selectorOf({ [labelOf.app]: app, [labelOf.stage]: stage });
  // With nothing left to run, the common Service and route go too.
  const labelSelector = staying(state).length === 0 ? ours : `${ours},${labelOf.instance}`;
  const found = await Promise.all(ofInstances.map((resource) => list(api, resource, namespace, labelSelector)));
  const now = await newest();
  const known = [state, ...(now ? [now] : [])];
  const strange = await strangeServing(api, known);
  const wanted = new Set([...known.flatMap(staying).map(({ id }) => id), ...(strange === undefined ? [] : [strange])]);
  await Promise.all(
    found.flat().map(async ({ path, metadata }) => {
      const id = metadata.labels?.[labelOf.instance];
      const isWanted = id === undefined ? wanted.size > 0 : wanted.has(id);
      if (!isWanted) await remove(api, path);
      else if (isMarkedKept(metadata)) await unmark(api, path);
    }),
  );
}

/** The instance that the common Service leads to, where no state has ever heard of it and none leads to another. */
async function strangeServing(api: Api, known: readonly TargetState[]): Promise<string | undefined> {
  const [state] = known;
  if (!state || known.some(({ active }) => active !== null)) return undefined;
  const service = await read<Service>(api, pathOf('services', state.namespace, state.release));
  const id = service?.spec?.selector?.[labelOf.instance];
  return known.some(({ instances }) => instances.some((one) => one.id === id)) ? undefined : id;
}

async function list(api: Api, resource: Resource, namespace: string, labelSelector: string) {
  const found = await listMetadata(api, pathOf(resource, namespace), labelSelector).catch((error: unknown) => {
    if (isStatus(error, 404)) return [];
    throw error;
  });
  return found.map((metadata) => ({ metadata, path: pathOf(resource, namespace, metadata.name) }));
}

import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { type Metadata, mergePatch, pathOf, type Resource } from '../../../kubernetes/objects.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import type { RouteKind } from '../values.ts';

/** Helm does not remove what carries it: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource */
const keepMark = 'helm.sh/resource-policy';

/** Whether Helm is to leave an instance's objects alone when its chart has them no more. What is not there need not be marked. */
export async function markKept(
  api: Api,
  { namespace }: TargetState,
  { name }: Pick<InstanceEntry, 'name'>,
  { kind }: RouteKind,
  kept: boolean,
): Promise<void> {
  await Promise.all(objectsOfInstance(kind).map((resource) => mark(api, pathOf(resource, namespace, name), kept)));
}

/** Nothing where it is gone. */
export async function mark(api: Api, path: string, kept: boolean): Promise<void> {
  const body = { metadata: { annotations: { [keepMark]: kept ? 'keep' : null } } };
  try {
    await api.call(path, { method: 'PATCH', body, contentType: mergePatch });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

/** A process that died may have left the mark on. */
export function isMarkedKept({ annotations }: Metadata): boolean {
  return annotations?.[keepMark] !== undefined;
}

function objectsOfInstance(kind: RouteKind['kind']): readonly Resource[] {
  const routes: readonly Resource[] = kind === 'traefik' ? ['ingressroutes', 'middlewares'] : ['ingresses'];
  return ['deployments', 'services', ...routes];
}

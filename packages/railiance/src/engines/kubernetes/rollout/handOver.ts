import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { type KubeObject, mergePatch, pathOf, type Resource } from '../../../kubernetes/objects.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import type { RouteKind } from '../values.ts';

/** Helm does not remove what carries it: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource */
const keepMark = 'helm.sh/resource-policy';

/** Whether Helm is to leave an instance's objects alone when its chart has them no more. What is not there need not be marked. */
export async function markKept(
  api: Api,
  { namespace }: TargetState,
  { name }: InstanceEntry,
  { kind }: RouteKind,
  kept: boolean,
): Promise<void> {
  const body = { metadata: { annotations: { [keepMark]: kept ? 'keep' : null } } };
  const mark = async (resource: Resource) => {
    try {
      await api.call(pathOf(resource, namespace, name), { method: 'PATCH', body, contentType: mergePatch });
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  };
  await Promise.all(objectsOfInstance(kind).map(mark));
}

/** A process that died may have left the mark on. */
export function isMarkedKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[keepMark] !== undefined;
}

function objectsOfInstance(kind: RouteKind['kind']): readonly Resource[] {
  const routes: readonly Resource[] = kind === 'traefik' ? ['ingressroutes', 'middlewares'] : ['ingresses'];
  return ['deployments', 'services', ...routes];
}

import type { Api } from '../../../kubernetes/api.ts';
import { undefinedIfMissing } from '../../../kubernetes/apiError.ts';
import { type Metadata, mergePatch, pathOf, type Resource } from '../../../kubernetes/objects.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import type { RouteKind } from '../values.ts';

/** Helm does not remove what carries it: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource */
const keepMark = 'helm.sh/resource-policy';

/** Has Helm leave an instance's objects alone when its chart has them no more. What is not there need not be marked. */
export async function markKept(
  api: Api,
  { namespace }: TargetState,
  { name }: Pick<InstanceEntry, 'name'>,
  { kind }: RouteKind,
): Promise<void> {
  const routes: readonly Resource[] = [kind === 'traefik' ? 'ingressroutes' : 'ingresses'];
  const resources: readonly Resource[] = ['deployments', 'services', ...routes];
  await Promise.all(resources.map((resource) => annotate(api, pathOf(resource, namespace, name), 'keep')));
}

export function isMarkedKept({ annotations }: Metadata): boolean {
  return annotations?.[keepMark] !== undefined;
}

/** Has Helm remove the object again. */
export async function unmark(api: Api, path: string): Promise<void> {
  await annotate(api, path, null);
}

async function annotate(api: Api, path: string, value: 'keep' | null): Promise<void> {
  const body = { metadata: { annotations: { [keepMark]: value } } };
  await api.call(path, { method: 'PATCH', body, contentType: mergePatch }).catch(undefinedIfMissing);
}

import type { Clock } from '../../../domain/clock.ts';
import { Failure } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { labelOf } from '../../../kubernetes/labels.ts';
import { type KubeObject, mergePatch, pathOf, type Service } from '../../../kubernetes/objects.ts';
import { replace } from '../../../kubernetes/store.ts';
import type { Route } from '../../engine.ts';
import { takenInPath } from '../names.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';
import type { RouteKind } from '../values.ts';
import { type Answer, answerOf } from './answers.ts';

interface IngressRouteObject extends KubeObject {
  readonly spec: { readonly routes: readonly { readonly match: string }[] };
}

interface IngressObject extends KubeObject {
  readonly spec: { readonly rules: readonly { readonly host?: string }[] };
}

/**
 * Leads Service and public route to an instance: two objects, one request each, what Helm's next upgrade would write. Not by
 * Helm itself: the switch is to be over in milliseconds, and nothing of it may be half done when a process dies.
 */
export async function leadTo(api: Api, state: TargetState, entry: InstanceEntry, { kind }: RouteKind): Promise<void> {
  const { namespace, release } = state;
  const path = pathOf(kind === 'traefik' ? 'ingressroutes' : 'ingresses', namespace, release);
  const [own, known] = await Promise.all([
    api.call<Service>(pathOf('services', namespace, entry.name)),
    api.call<IngressRouteObject & IngressObject>(path),
  ]);
  const services = [{ name: entry.name, port: own.spec?.ports?.[0]?.port ?? 80 }];
  if (kind === 'traefik') {
    await change<IngressRouteObject>(api, path, known, ({ spec, ...rest }) => {
      const match = spec.routes[0]?.match ?? '';
      const noop = [{ kind: 'TraefikService', name: 'noop@internal' }];
      const routes = [
        { kind: 'Rule', match, services },
        { kind: 'Rule', match: `${match} && Path(\`${takenInPath(entry.id)}\`)`, services: noop },
      ];
      return { ...rest, spec: { ...spec, routes } };
    });
  } else {
    const backend = { service: { name: entry.name, port: { name: 'http' } } };
    const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
    await change<IngressObject>(api, path, known, ({ spec, ...rest }) => ({
      ...rest,
      spec: { ...spec, rules: spec.rules.map((rule) => ({ ...rule, http })) },
    }));
  }
  const body = { spec: { selector: { [labelOf.instance]: entry.id } } };
  await api.call(pathOf('services', namespace, release), { method: 'PATCH', body, contentType: mergePatch });
}

/** @param known as it was read last */
async function change<T extends KubeObject>(api: Api, path: string, known: T, next: (found: T) => T): Promise<void> {
  for (let found = known; !(await replace(api, path, next(found))); ) found = await api.call<T>(path);
}

/** Of Traefik's `noop@internal`: no app says that it is a teapot. */
const takenInStatus = 418;
const seenWithinMs = 20_000;
const lookEveryMs = 20;
/** Proxies that do not say which instance answered are given the time that Traefik takes by default between two readings. */
const settleMs = 2_500;

/** Waits until the ingress leads there: proxies learn of a change only after it was written. @throws Failure */
export async function untilLeadsTo(
  route: Route,
  id: string,
  { kind }: RouteKind,
  { clock, signal, target }: { readonly clock: Clock; readonly signal: AbortSignal; readonly target: TargetState },
): Promise<void> {
  const began = clock.elapsedMs();
  let seen = 'nothing answers';
  while (clock.elapsedMs() - began < seenWithinMs) {
    signal.throwIfAborted();
    const answer = await answerOf(route, kind === 'traefik' ? takenInPath(id) : '/', signal);
    if (kind === 'traefik' && answer?.status === takenInStatus) return;
    if (kind === 'ingress' && answer && ![404, 502, 503].includes(answer.status))
      return await clock.sleep(settleMs, signal);
    if (answer) seen = `it answers ${answer.status}`;
    await clock.sleep(lookEveryMs, signal);
  }
  throw new Failure(`lead ${route.url} to ${id}`, `${seenWithinMs / 1000} s after the change ${seen}`, {
    hint: `is the ingress controller running, and does it serve ${targetLabel(target)}? railiance gate tells`,
  });
}

/** Longer than Traefik waits by default between two changes. */
const passedOnWithinMs = 5_000;

/**
 * The first answer that comes from the pods: a route that was taken in before its Service, or its pods, were known leads nowhere
 * for a while. The last one where they are not reached in time; undefined where there is none.
 */
export async function firstPassedOn(
  route: Route,
  path: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Answer | undefined> {
  const began = clock.elapsedMs();
  for (;;) {
    const answer = await answerOf(route, path, signal);
    if (answer && !answer.isTraefiks) return answer;
    if (clock.elapsedMs() - began >= passedOnWithinMs) return answer;
    await clock.sleep(lookEveryMs, signal);
  }
}

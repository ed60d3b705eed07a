import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { isStatus } from '../../../kubernetes/apiError.ts';
import { type KubeList, type Node, pathOf, type Service } from '../../../kubernetes/objects.ts';
import type { Route } from '../../engine.ts';
import { candidateHost } from '../names.ts';
import type { ClusterSettings } from '../settings.ts';
import type { TargetState } from '../state/targetState.ts';
import type { RouteKind } from '../values.ts';

/** How the cluster's ingress is reached, and what kind of route it takes. */
export interface IngressFacts {
  readonly route: RouteKind;
  address(scheme: 'http' | 'https'): Promise<Route['connect']>;
}

/** Asked once for each command: neither changes while one runs. */
export function ingressFacts(api: Api, settings: ClusterSettings): () => Promise<IngressFacts> {
  let facts: Promise<IngressFacts> | undefined;
  return () => {
    facts ??= look(api, settings).catch((error: unknown) => {
      facts = undefined;
      throw error;
    });
    return facts;
  };
}

async function look(api: Api, { ingress }: ClusterSettings): Promise<IngressFacts> {
  const kind = ingress.kind ?? ((await hasTraefikKinds(api)) ? 'traefik' : 'ingress');
  let found: Promise<string> | undefined;
  return {
    route: { kind },
    async address(scheme) {
      const given = ingress[scheme];
      if (given !== undefined) return parseAddress(given);
      found ??= ingressHost(api);
      return { host: await found, port: scheme === 'https' ? 443 : 80 };
    },
  };
}

async function hasTraefikKinds(api: Api): Promise<boolean> {
  const kinds = await api
    .call<{ readonly resources: readonly { readonly name: string }[] }>('/apis/traefik.io/v1alpha1')
    .catch((error: unknown) => {
      if (isStatus(error, 404, 403)) return { resources: [] };
      throw error;
    });
  return kinds.resources.some(({ name }) => name === 'ingressroutes');
}

/** As k3s has it: Traefik's Service of type LoadBalancer, else the node itself. */
async function ingressHost(api: Api): Promise<string> {
  const services = await api.call<KubeList<Service>>(pathOf('services'), {
    query: { labelSelector: 'app.kubernetes.io/name=traefik' },
  });
  const entry = services.items.flatMap(({ status }) => status?.loadBalancer?.ingress ?? [])[0];
  const balanced = entry?.ip ?? entry?.hostname;
  if (balanced !== undefined) return balanced;
  const nodes = await api.call<KubeList<Node>>(pathOf('nodes'));
  const addresses = nodes.items.flatMap(({ status }) => status?.addresses ?? []);
  const node =
    addresses.find(({ type }) => type === 'ExternalIP') ?? addresses.find(({ type }) => type === 'InternalIP');
  if (node) return node.address;
  throw new Failure('find the ingress of the cluster', 'it has no Traefik with an address, and no node has one', {
    hint: 'write ingress = { http = "address:port" } into the settings of the stage',
    exitCode: exitCodes.invalidInput,
  });
}

function parseAddress(text: string): Route['connect'] {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

export async function publicRoute(
  state: Pick<TargetState, 'host'>,
  settings: ClusterSettings,
  facts: IngressFacts,
): Promise<Route> {
  return await routeTo(state.host, settings.ingress.tls === undefined ? 'http' : 'https', facts);
}

/** Always without TLS: the certificate is for the public name. */
export async function candidateRoute(
  { host }: Pick<TargetState, 'host'>,
  id: string,
  facts: IngressFacts,
): Promise<Route> {
  return await routeTo(candidateHost(host, id), 'http', facts);
}

async function routeTo(host: string, scheme: 'http' | 'https', facts: IngressFacts): Promise<Route> {
  const connect = await facts.address(scheme);
  const usual = scheme === 'https' ? 443 : 80;
  return { url: `${scheme}://${host}${connect.port === usual ? '' : `:${connect.port}`}`, connect };
}

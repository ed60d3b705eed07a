import { readFile } from 'node:fs/promises';

import { imageReference } from '../images/pushImage.ts';
import type { Lab } from '../lab.ts';
import { pki } from '../pki.ts';
import { account, apply, deployment, kubectl, type Manifest } from './apply.ts';

const namespace = 'kube-system';
/** As the chart that k3s installs labels it. */
const labels = { 'app.kubernetes.io/name': 'traefik', 'app.kubernetes.io/instance': 'traefik-kube-system' };
const group = 'traefik.io';

const kinds = {
  ingressroutes: 'IngressRoute',
  ingressroutetcps: 'IngressRouteTCP',
  ingressrouteudps: 'IngressRouteUDP',
  middlewares: 'Middleware',
  middlewaretcps: 'MiddlewareTCP',
  serverstransports: 'ServersTransport',
  serverstransporttcps: 'ServersTransportTCP',
  tlsoptions: 'TLSOption',
  tlsstores: 'TLSStore',
  traefikservices: 'TraefikService',
};

/** Traefik on the node's own ports 80 and 443, as k3s runs it, and the ingress class that leads to it. */
export async function applyTraefik(lab: Lab): Promise<void> {
  await apply(lab, [
    ...Object.entries(kinds).map(([plural, kind]) => definition(plural, kind)),
    ingressClass,
    ...rights(),
  ]);
  await kubectl(lab, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s']);
  await apply(lab, [await certificate(lab), defaultCertificate, traefik(lab), service]);
}

function definition(plural: string, kind: string): Manifest {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  };
}

const ingressClass: Manifest = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'traefik', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
  spec: { controller: 'traefik.io/ingress-controller' },
};

function rights(): readonly Manifest[] {
  const verbs = ['get', 'list', 'watch'];
  return account('traefik', namespace, [
    { apiGroups: [''], resources: ['services', 'secrets', 'nodes', 'configmaps'], verbs },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
    { apiGroups: [group], resources: Object.keys(kinds), verbs },
  ]);
}

async function certificate(lab: Lab): Promise<Manifest> {
  const stringData = {
    'tls.crt': await readFile(pki(lab, 'traefik.crt'), 'utf8'),
    'tls.key': await readFile(pki(lab, 'traefik.key'), 'utf8'),
  };
  const metadata = { name: 'traefik-certificate', namespace };
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData };
}

const defaultCertificate: Manifest = {
  apiVersion: `${group}/v1alpha1`,
  kind: 'TLSStore',
  metadata: { name: 'default', namespace },
  spec: { defaultCertificate: { secretName: 'traefik-certificate' } },
};

function traefik(lab: Lab): Manifest {
  const { node } = lab.addresses;
  const args = [
    `--entrypoints.web.address=${node}:80`,
    `--entrypoints.websecure.address=${node}:443`,
    '--entrypoints.websecure.http.tls=true',
    `--entrypoints.traefik.address=${node}:8081`,
    '--ping=true',
    '--providers.kubernetesingress=true',
    '--providers.kubernetesingress.ingressclass=traefik',
    `--providers.kubernetesingress.ingressendpoint.ip=${node}`,
    '--providers.kubernetescrd=true',
    // The default, 2 s, would be most of a rollout here.
    '--providers.providersthrottleduration=200ms',
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
  ];
  return deployment('traefik', namespace, labels, {
    serviceAccountName: 'traefik',
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    terminationGracePeriodSeconds: 2,
    containers: [
      {
        name: 'traefik',
        image: imageReference(lab, 'traefik'),
        args,
        readinessProbe: { httpGet: { path: '/ping', port: 8081 }, periodSeconds: 1 },
        securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
      },
    ],
  });
}

const service: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'traefik', namespace, labels },
  spec: {
    selector: labels,
    ports: [
      { name: 'web', port: 80 },
      { name: 'websecure', port: 443 },
    ],
  },
};

import { imageReference } from '../images/pushImage.ts';
import type { Lab } from '../lab.ts';
import { account, apply, deployment } from './apply.ts';

const namespace = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };

/** Names outside the cluster do not exist: no question leaves the machine. */
const corefile = `cluster.local:53 in-addr.arpa:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa {
        pods insecure
    }
    cache 5
    loadbalance
}
.:53 {
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;

export async function applyDns(lab: Lab): Promise<void> {
  const watch = ['list', 'watch'];
  const ports = (['UDP', 'TCP'] as const).map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    protocol,
  }));
  await apply(lab, [
    ...account('coredns', namespace, [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: watch },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: watch },
    ]),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'coredns', namespace }, data: { Corefile: corefile } },
    deployment('coredns', namespace, labels, {
      serviceAccountName: 'coredns',
      dnsPolicy: 'Default',
      containers: [
        {
          name: 'coredns',
          image: imageReference(lab, 'coredns'),
          args: ['-conf', '/etc/coredns/Corefile'],
          volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
          readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
          securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels },
      spec: { clusterIP: lab.addresses.dns, selector: labels, ports },
    },
  ]);
}

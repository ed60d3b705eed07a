import { imageReference } from '../images/pushImage.ts';
import type { Lab } from '../lab.ts';
import { apply, deployment } from './apply.ts';

const namespace = 'railiance-platform';
const labels = { 'app.kubernetes.io/name': 'postgresql-ha', 'app.kubernetes.io/component': 'postgresql' };

/** Of the lab alone, which nobody else reaches. */
const password = 'lab';

/** A PostgreSQL at the address that the user's platform has: one server stands in for their cluster of several. */
export async function applyPostgres(lab: Lab): Promise<void> {
  await apply(lab, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  await apply(lab, [
    deployment('postgresql', namespace, labels, {
      securityContext: { fsGroup: 70 },
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: 'postgresql',
          image: imageReference(lab, 'postgresql'),
          env: [{ name: 'POSTGRES_PASSWORD', value: password }],
          ports: [{ name: 'postgresql', containerPort: 5432 }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'pgpool', namespace, labels },
      spec: { selector: labels, ports: [{ name: 'postgresql', port: 5432 }] },
    },
  ]);
}

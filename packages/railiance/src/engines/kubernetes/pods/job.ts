import { labelOf } from '../../../kubernetes/labels.ts';
import type { TaskSpec } from '../../engine.ts';
import { runValues } from '../values.ts';

export interface JobInput {
  readonly spec: TaskSpec;
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secretName: string | null;
  readonly pullSecret: string | undefined;
}

/** Kept by the cluster for so long where nobody takes it away: the process that waited for it died. */
const keptSeconds = 3_600;

/** One try, in the app's own image, as nobody in particular: what an instance may do, and no more. */
export function jobObject({ spec, name, namespace, image, env, secretName, pullSecret }: JobInput) {
  const labels = { [labelOf.kind]: 'task', [labelOf.app]: spec.app, [labelOf.stage]: spec.stage };
  const { resources } = runValues(spec.run);
  const container = {
    name: 'app',
    image,
    command: spec.command,
    env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
    ...(secretName !== null && { envFrom: [{ secretRef: { name: secretName } }] }),
    ...(resources && { resources }),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(spec.timeoutMs / 1000) + 30,
      ttlSecondsAfterFinished: keptSeconds,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: Math.max(1, Math.ceil(spec.run.stopTimeoutMs / 1000)),
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          ...(pullSecret !== undefined && { imagePullSecrets: [{ name: pullSecret }] }),
          containers: [container],
        },
      },
    },
  };
}

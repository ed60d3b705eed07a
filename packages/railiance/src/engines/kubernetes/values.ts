import type { RunSpec } from '../../domain/app.ts';
import { candidateHost } from './names.ts';
import type { ClusterSettings } from './settings.ts';
import type { InstanceEntry, TargetState } from './state/targetState.ts';

export interface RouteKind {
  readonly kind: 'traefik' | 'ingress';
}

/** Values of the built-in chart for what a target is to be. No secret is among them. */
export function chartValues(state: TargetState, settings: ClusterSettings, { kind }: RouteKind) {
  const { ingress, pull_secret: pullSecret } = settings;
  const { tls } = ingress;
  return {
    app: state.app,
    stage: state.stage,
    active: state.active ?? '',
    image: { pullSecrets: pullSecret === undefined ? [] : [pullSecret] },
    ingress: {
      host: state.host,
      kind,
      class: ingress.class,
      ...(ingress.entrypoints && { entryPoints: ingress.entrypoints }),
      tls: { enabled: tls !== undefined, secret: tls?.secret ?? '', resolver: tls?.resolver ?? '' },
    },
    instances: state.instances.map((entry) => instanceValues(entry, state.host)),
  };
}

function instanceValues({ id, name, image, env, secretName, run }: InstanceEntry, host: string) {
  return {
    id,
    name,
    reference: image,
    candidateHost: candidateHost(host, id),
    env,
    secretRef: secretName ?? '',
    ...runValues(run),
  };
}

export function runValues(run: RunSpec) {
  const { port, command = [], health, replicas, volumes, startTimeoutMs, stopTimeoutMs } = run;
  return {
    port,
    command,
    health: { path: health?.path ?? '' },
    replicas,
    startSeconds: Math.max(1, Math.ceil(startTimeoutMs / 1000)),
    stopSeconds: Math.max(1, Math.ceil(stopTimeoutMs / 1000)),
    volumes,
    ...resourceValues(run),
  };
}

/** Memory is both asked for and the limit: an app that grows beyond it is ended, and not its neighbours. */
function resourceValues({ resources: { memoryBytes, cpus } }: RunSpec) {
  if (memoryBytes === undefined && cpus === undefined) return {};
  const memory = memoryBytes === undefined ? {} : { memory: String(memoryBytes) };
  const cpu = cpus === undefined ? {} : { cpu: `${Math.round(cpus * 1000)}m` };
  return { resources: { requests: { ...memory }, limits: { ...memory, ...cpu } } };
}

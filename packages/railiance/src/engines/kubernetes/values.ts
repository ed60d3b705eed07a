import type { RunSpec, VolumeSpec } from '../../domain/app.ts';
import { type Filler, fillCommand } from './fill.ts';
import { candidateHost, takenInPath } from './names.ts';
import type { ClusterSettings } from './settings.ts';
import { type InstanceEntry, staying, type TargetState } from './state/targetState.ts';

export interface RouteKind {
  readonly kind: 'traefik' | 'ingress';
}

/** Values of the built-in chart for what a target is to be. No secret is among them. */
export function chartValues(state: TargetState, settings: ClusterSettings, { kind }: RouteKind) {
  const { ingress, pull_secret: pullSecret } = settings;
  const { tls } = ingress;
  // The route is one for all instances: it goes by the newest.
  const instances = staying(state);
  const own = instances.at(-1)?.values;
  return {
    app: state.app,
    stage: state.stage,
    active: state.active ?? '',
    image: { pullSecrets: pullSecret === undefined ? [] : [pullSecret] },
    ...(isTable(own?.service) && { service: own.service }),
    ingress: {
      ...(isTable(own?.ingress) && own.ingress),
      host: state.host,
      kind,
      class: ingress.class,
      ...(ingress.entrypoints && { entryPoints: ingress.entrypoints }),
      tls: { enabled: tls !== undefined, secret: tls?.secret ?? '', resolver: tls?.resolver ?? '' },
    },
    instances: instances.map((entry) => instanceValues(entry, state.host)),
  };
}

function instanceValues(entry: InstanceEntry, host: string) {
  const { id, name, image, env, secretName, run, filler, values = {} } = entry;
  const { ingress: _, service: __, ...own } = values;
  return {
    ...own,
    id,
    name,
    reference: image,
    candidateHost: candidateHost(host, id),
    takenInPath: takenInPath(id),
    env,
    secretRef: secretName ?? '',
    ...runValues(run, filler),
  };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function runValues(run: RunSpec, filler: Filler = 'sh') {
  const { port, command = [], health, replicas, volumes, startTimeoutMs, stopTimeoutMs } = run;
  return {
    port,
    command,
    health: { path: health?.path ?? '' },
    replicas,
    startSeconds: Math.max(1, Math.ceil(startTimeoutMs / 1000)),
    stopSeconds: Math.max(1, Math.ceil(stopTimeoutMs / 1000)),
    volumes: volumes.map((volume) => volumeValues(volume, filler)),
    ...resourceValues(run),
  };
}

/** A claim is empty at first; the image's own files are put there by the image itself, once. */
function volumeValues({ name, path, sizeBytes, fill }: VolumeSpec, filler: Filler) {
  return {
    ...{ name, path },
    ...(sizeBytes !== undefined && { size: String(sizeBytes) }),
    ...(fill && { fill: fillCommand(path, filler) }),
  };
}

/** Memory is both asked for and the limit: an app that grows beyond it is ended, and not its neighbours. */
function resourceValues({ resources: { memoryBytes, cpus } }: RunSpec) {
  if (memoryBytes === undefined && cpus === undefined) return {};
  const memory = memoryBytes === undefined ? {} : { memory: String(memoryBytes) };
  const cpu = cpus === undefined ? {} : { cpu: `${Math.round(cpus * 1000)}m` };
  return { resources: { requests: { ...memory }, limits: { ...memory, ...cpu } } };
}

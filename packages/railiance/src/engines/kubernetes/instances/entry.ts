import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { Secrets } from '../../../domain/secret.ts';
import type { InstanceSpec, TaskSpec } from '../../engine.ts';
import { environmentOf } from '../../environment.ts';
import { envSecretName, instanceName, releaseName } from '../names.ts';
import { type InstanceEntry, stateSchema, type TargetState } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';

/** Where a target is put, for its first time; later ones keep the state's own names. */
export function placedState(
  target: Target,
  deploy: InstanceSpec['deploy'],
  before: TargetState | undefined,
  { stage, settings }: ClusterTools,
): TargetState {
  const { app, stage: name } = target;
  const domain = settings.domain ?? `${name}.localhost`;
  const chart = deploy?.chart;
  const placed = {
    namespace: deploy?.namespace ?? settings.namespace ?? app,
    release: releaseName(target, stage.production),
    host: deploy?.host ?? `${app}.${domain}`,
    ...(chart !== undefined && { chart }),
  };
  if (!before) return { schema: stateSchema, app, stage: name, fencing: 0, instances: [], active: null, ...placed };
  if (before.instances.length > 0 && before.namespace !== placed.namespace) {
    throw new Failure(
      `deploy ${targetLabel(target)}`,
      `it runs in the namespace ${before.namespace}, and is to run in ${placed.namespace} now`,
      {
        hint: `keep namespace = ${JSON.stringify(before.namespace)}, or take what runs there away first`,
        exitCode: exitCodes.invalidInput,
      },
    );
  }
  // What runs belongs to that release of Helm: a stage that has become the production one, or is it no more, changes no names.
  return { ...before, ...placed, ...(before.instances.length > 0 && { release: before.release }) };
}

export function imageOf({
  image,
  app,
  stage,
  id,
}: Pick<InstanceSpec | TaskSpec, 'image' | 'app' | 'stage' | 'id'>): string {
  if (image !== undefined) return image;
  throw new Failure(`start ${id} of ${app}@${stage}`, 'its image was not pushed to a registry', {
    hint: 'write [registry] push = "registry.example:5000" into blueprint.toml',
    exitCode: exitCodes.invalidInput,
  });
}

export interface EntryOptions {
  readonly spec: InstanceSpec;
  readonly secrets: Secrets;
  readonly fencing: number;
  readonly url: string;
  readonly startedAt: string;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

export function newEntry(
  { release }: TargetState,
  { spec, secrets, fencing, url, startedAt, values }: EntryOptions,
): InstanceEntry {
  const { id, artifact, secretsVersion, run, labels } = spec;
  return {
    id,
    name: instanceName(release, id),
    fencing,
    phase: 'starting',
    startedAt,
    image: imageOf(spec),
    configDigest: artifact.configDigest,
    secretsVersion,
    secretName: Object.keys(secrets).length === 0 ? null : envSecretName(release, secretsVersion),
    env: plainEnvironment(spec, secrets, url),
    run,
    ...(artifact.builder === 'node' && { filler: artifact.builder }),
    labels,
    ...(values && { values }),
  };
}

/** Of a pod, plain variables win over those of a Secret: what the app's secrets name is left to them. */
export function plainEnvironment(
  {
    app,
    stage,
    run,
    id,
    labels = {},
  }: Pick<TaskSpec, 'app' | 'stage' | 'run' | 'id'> & Partial<Pick<InstanceSpec, 'labels'>>,
  secrets: Secrets,
  url: string,
): Record<string, string> {
  const env = environmentOf({ target: { app, stage }, run, secrets: {}, labels, url, launchId: id });
  const isOurs = (name: string) => name.startsWith('RAILIANCE_');
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'PORT' && (isOurs(name) || !Object.hasOwn(secrets, name))),
  );
}

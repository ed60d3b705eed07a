import { exitCodes, Failure } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import type { Secrets } from '../../../domain/secret.ts';
import { type KubeObject, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { create, remove } from '../../../kubernetes/store.ts';
import { watch } from '../../../kubernetes/watch.ts';
import type { EngineContext, TaskResult, TaskSpec } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { copySecrets, redactorOf } from '../envSecret.ts';
import { imageOf, placedState, plainEnvironment } from '../instances/entry.ts';
import { envSecretName, instanceName } from '../names.ts';
import { podTrouble } from '../rollout/podTrouble.ts';
import { publicRoute } from '../route/addresses.ts';
import type { TargetState } from '../state/targetState.ts';
import { endEarlierTasks } from './earlierTasks.ts';
import { jobObject } from './job.ts';
import { podLines } from './logLines.ts';

const keptLines = 100;

/**
 * Runs a command of the image to its end, as a Job: never twice at once, since its name is that of the run. One that a dead
 * process of this run left is waited for and not begun anew; one of another run has ended before this begins.
 */
export async function runTask(cluster: Cluster, spec: TaskSpec, context: EngineContext): Promise<TaskResult> {
  const { api, states, settings, clock } = cluster;
  const target = { app: spec.app, stage: spec.stage };
  const secrets = await cluster.secrets.get(target, spec.secretsVersion);
  const state = (await states.change(target, context.fencing, (now) =>
    placedState(target, spec.deploy, now, cluster),
  )) as TargetState;
  const name = instanceName(state.release, spec.id);
  await endEarlierTasks(cluster, state, name, { run: spec.run, signal: context.signal });
  const secretName = await prepare(cluster, state, spec, secrets);
  const { url } = await publicRoute(state, settings, await cluster.ingress());
  const env = plainEnvironment(spec, secrets, url);
  const job = jobObject({
    spec,
    name,
    namespace: state.namespace,
    image: imageOf(spec),
    env,
    secretName,
    pullSecret: await pullSecretOf(cluster),
  });
  await create(api, pathOf('jobs', state.namespace), job as KubeObject);
  const began = clock.elapsedMs();
  try {
    const end = await follow(cluster, state, spec, name, context, secrets);
    return { ...end, durationMs: Math.round(clock.elapsedMs() - began) };
  } finally {
    await remove(api, pathOf('jobs', state.namespace, name)).catch(() => {});
  }
}

async function pullSecretOf({ pullCredentials, settings, pullSecretName }: Cluster): Promise<string | undefined> {
  return settings.pull_secret ?? ((await pullCredentials?.()) ? pullSecretName : undefined);
}

async function prepare(cluster: Cluster, state: TargetState, spec: TaskSpec, secrets: Secrets): Promise<string | null> {
  await cluster.prepareNamespace(state.namespace);
  if (Object.keys(secrets).length === 0) return null;
  const secretName = envSecretName(state.release, spec.secretsVersion);
  await copySecrets(cluster.api, state, secretName, spec.secretsVersion, secrets);
  return secretName;
}

type End = Omit<TaskResult, 'durationMs'>;

async function follow(
  cluster: Cluster,
  state: TargetState,
  spec: TaskSpec,
  name: string,
  { signal, progress }: EngineContext,
  secrets: Secrets,
): Promise<End> {
  const { api } = cluster;
  const redact = redactorOf(secrets);
  const lines: string[] = [];
  const over = new AbortController();
  const deadline = AbortSignal.timeout(spec.timeoutMs);
  const stop = AbortSignal.any([signal, over.signal, deadline]);
  let reading: Promise<void> | undefined;
  const query = { tail: 10_000, signal: stop, redact, instance: spec.id };
  const read = async (pod: Pod) => {
    for await (const { line } of podLines(api, pod, { ...query, follow: true })) {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      progress({ kind: 'log', source: name, line });
    }
  };
  /** What is followed ends with the container, and the node may write its last words only then. */
  const readAgain = async (pod: Pod) => {
    const again: string[] = [];
    for await (const { line } of podLines(api, pod, { ...query, tail: keptLines, follow: false })) again.push(line);
    if (again.length >= lines.length) lines.splice(0, lines.length, ...again);
  };
  try {
    const labelSelector = `batch.kubernetes.io/job-name=${name}`;
    for await (const { object: pod } of watch<Pod>(api, pathOf('pods', state.namespace), { labelSelector }, stop)) {
      const app = pod.status?.containerStatuses?.find((container) => container.name === 'app');
      if (app?.state?.running || app?.state?.terminated) reading ??= read(pod).catch(() => {});
      const ended = app?.state?.terminated;
      if (ended) {
        await Promise.race([reading, cluster.clock.sleep(5_000)]);
        await readAgain(pod).catch(() => {});
        if (ended.reason === 'OOMKilled') lines.push('it was ended for using more memory than its limit');
        return { exitCode: ended.exitCode, signal: null, timedOut: false, lines };
      }
      const trouble = podTrouble({ pod, events: [], image: imageOf(spec) });
      if (trouble?.final) throw cannotRun(spec, trouble.cause.summary, trouble.cause.hint);
    }
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
  return { exitCode: null, signal: null, timedOut: deadline.aborted, lines };
}

function cannotRun(spec: TaskSpec, problem: string, hint: string | undefined): Failure {
  return new Failure(`run ${spec.command.join(' ')} for ${targetLabel(spec)}`, problem, {
    ...(hint !== undefined && { hint }),
    exitCode: exitCodes.failedAndRolledBack,
  });
}

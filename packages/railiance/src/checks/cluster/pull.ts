import { randomBytes } from 'node:crypto';

import type { Api } from '../../kubernetes/api.ts';
import { selectorOf } from '../../kubernetes/labels.ts';
import {
  asCached,
  type ContainerStatus,
  type KubeEvent,
  type KubeList,
  type KubeObject,
  type Pod,
  pathOf,
} from '../../kubernetes/objects.ts';
import { read, remove } from '../../kubernetes/store.ts';
import { type Change, watch } from '../../kubernetes/watch.ts';
import { defineCheck } from '../check.ts';
import { look, oneLine } from '../look.ts';
import { type ClusterInput, named } from './clusterCheck.ts';
import { type ClusterNode, listNodes, takesPods } from './nodes.ts';
import { untilAdmitted } from './untilAdmitted.ts';

export interface PullInput extends ClusterInput {
  /** The app's own, then others that may stand in for it while it is not made yet: the first that is there is used. */
  readonly namespaces: readonly string[];
  /** `host[:port]/path:tag@sha256:…`: this very digest, not what a tag leads to by then. */
  readonly reference: string;
  readonly pullSecret?: string;
}

/** A pull of hundreds of megabytes over a slow line takes its time; the rollout would have to wait for it as well. */
const patienceMs = 180_000;
/** Nodes that are asked; the others pull the same way. */
const mostNodes = 5;

/**
 * Can the nodes pull this very image? A pod that names it is put on each, with a command that no image has: the kubelet pulls,
 * and nothing of the app is run. The image is then on the nodes, so that the rollout starts at once.
 */
export const pullCheck = defineCheck<PullInput>({
  name: 'pull',
  run: (input, context) =>
    look('pull', async () => {
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
      const [{ open }, namespace] = await Promise.all([listNodes(input.api, signal), firstThere(input, signal)]);
      const asked = open.filter(takesPods).slice(0, mostNodes);
      const [results] = await Promise.all([
        Promise.all(asked.map((node) => pullOn(node, namespace, input, signal))),
        removeLeftBehind(input.api, namespace, signal).catch(() => {}),
      ]);
      const evidence = { reference: input.reference, nodes: results };
      const failed = results.find(({ problem }) => problem !== undefined);
      if (failed) {
        const summary = `${failed.node} cannot pull ${input.reference}: ${failed.problem}`;
        return { verdict: 'fail', summary, hint: hintFor(failed.problem ?? '', input), evidence };
      }
      if (results.length === 0) {
        return { verdict: 'fail', summary: 'no node takes pods', hint: 'kubectl get nodes', evidence };
      }
      const names = named(results.map(({ node }) => node));
      const had = results.every(({ hadIt }) => hadIt) ? 'has it already' : 'pulled it';
      return { verdict: 'pass', summary: `${names} ${had}`, evidence };
    }),
});

const podLabels = { 'app.kubernetes.io/managed-by': 'railiance', 'railiance.dev/kind': 'pull' };

/** A process that was killed could not take its pod away. What is over is nobody's any more: its outcome is an event. */
async function removeLeftBehind(api: Api, namespace: string, signal: AbortSignal): Promise<void> {
  const query = { ...asCached, labelSelector: selectorOf(podLabels), fieldSelector: 'status.phase=Failed' };
  const { items } = await api.call<KubeList<Pod>>(pathOf('pods', namespace), { query, signal });
  await Promise.all(items.map(({ metadata }) => remove(api, pathOf('pods', namespace, metadata.name))));
}

async function firstThere({ api, namespaces }: PullInput, signal: AbortSignal): Promise<string> {
  for (const name of namespaces) if (await read(api, pathOf('namespaces', undefined, name))) return name;
  signal.throwIfAborted();
  return 'default';
}

interface Pulled {
  readonly node: string;
  readonly hadIt: boolean;
  readonly ms: number;
  readonly problem?: string;
}

async function pullOn(
  node: ClusterNode,
  namespace: string,
  { api, namespaces, reference, pullSecret }: PullInput,
  signal: AbortSignal,
): Promise<Pulled> {
  const started = performance.now();
  const { name } = node.metadata;
  const ended = () => ({ node: name, ms: Math.round(performance.now() - started) });
  if (holds(node, reference)) return { ...ended(), hadIt: true };
  const podName = `railiance-pull-${randomBytes(4).toString('hex')}`;
  const body = podThatPulls(podName, name, reference, namespace === namespaces[0] ? pullSecret : undefined);
  try {
    const told = outcome(api, { namespace, name: podName }, signal);
    told.catch(() => {});
    await untilAdmitted(() => api.call(pathOf('pods', namespace), { method: 'POST', body, signal }), signal);
    const problem = await told;
    return {
      ...ended(),
      hadIt: false,
      ...(problem !== undefined && { problem: await inWords(api, namespace, podName, problem) }),
    };
  } finally {
    await remove(api, `${pathOf('pods', namespace, podName)}?gracePeriodSeconds=0`);
  }
}

/** The kubelet reports at most 50 images a node: one that is not named may be there all the same. */
function holds({ status }: ClusterNode, reference: string): boolean {
  const digest = reference.slice(reference.indexOf('@'));
  const repository = reference.slice(0, reference.indexOf('@')).replace(/:[^:/]*$/, '');
  return (status?.images ?? []).some(({ names = [] }) => names.includes(`${repository}${digest}`));
}

function podThatPulls(name: string, nodeName: string, image: string, pullSecret: string | undefined) {
  const securityContext = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    runAsUser: 65532,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: podLabels },
    spec: {
      nodeName,
      restartPolicy: 'Never',
      activeDeadlineSeconds: Math.round(patienceMs / 1000),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      ...(pullSecret !== undefined && { imagePullSecrets: [{ name: pullSecret }] }),
      containers: [
        {
          name: 'pull',
          image,
          command: ['/railiance/pulls-and-never-runs'],
          securityContext,
          // A quota may ask for them. Less CPU would only hold up the node's own work on the container.
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '200m', memory: '16Mi' } },
        },
      ],
    },
  };
}

/** What is known of a pull: nothing yet, or why it failed, empty where it did not. */
type Known = string | undefined;
const pulled = '';

/**
 * Undefined once the image is there; else why it will not be. The event of the pull tells it first; it may get lost, and
 * then the pod's own state tells.
 */
async function outcome(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const named = { ...asCached, fieldSelector: `metadata.name=${name}` };
  const pods = watch<Pod>(api, pathOf('pods', namespace), named, until);
  const about = { fieldSelector: `involvedObject.name=${name}` };
  const events = watch<KubeEvent>(api, pathOf('events', namespace), about, until);
  const first = async <T extends KubeObject>(changes: AsyncGenerator<Change<T>>, know: (object: T) => Known) => {
    for await (const { kind, object } of changes) {
      const known = kind === 'deleted' ? 'its pod was removed' : know(object);
      if (known !== undefined) return known;
    }
    throw signal.reason;
  };
  try {
    const known = await Promise.race([first(pods, knownByPod), first(events, knownByEvent)]);
    return known === pulled ? undefined : known;
  } finally {
    over.abort();
  }
}

function knownByEvent({ reason }: KubeEvent): Known {
  return reason === 'Pulled' ? pulled : undefined;
}

function knownByPod({ status }: Pod): Known {
  const container = status?.containerStatuses?.[0];
  if (container && isPulled(container)) return pulled;
  const { reason = '', message = '' } = container?.state?.waiting ?? {};
  if (/^(ErrImagePull|ImagePullBackOff|InvalidImageName|RegistryUnavailable)$/.test(reason)) return message || reason;
  return status?.phase === 'Failed' ? (status.message ?? status.reason ?? 'the pod failed') : undefined;
}

/** The start failed for want of that command: there was an image to look into. */
function isPulled({ imageID, state }: ContainerStatus): boolean {
  const { terminated, waiting, running } = state ?? {};
  if (terminated !== undefined || running !== undefined || imageID !== '') return true;
  return /^(CreateContainerError|RunContainerError|CreateContainerConfigError)$/.test(waiting?.reason ?? '');
}

/** The registry's own words are in the event of the pull; the container may only say "back-off". */
async function inWords(api: Api, namespace: string, pod: string, problem: string): Promise<string> {
  const query = { fieldSelector: `involvedObject.name=${pod}` };
  const { items } = await api.call<KubeList<KubeEvent>>(pathOf('events', namespace), { query });
  const event = items.find(({ reason, message }) => reason === 'Failed' && /pull/i.test(message ?? ''));
  return oneLine(registryWords(event?.message ?? problem));
}

/** Without what containerd puts before it: which image, and that it is the pull that failed. */
function registryWords(message: string): string {
  return message
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(
      /rpc error: code = \w+ desc = |failed to (pull and unpack image|resolve( reference| image)?|copy) "[^"]*": /g,
      '',
    )
    .replace(/^\S+@sha256:[0-9a-f]{64}: /, '');
}

function hintFor(problem: string, { reference }: PullInput): string {
  const host = reference.split('/')[0];
  if (/HTTP response to HTTPS client/i.test(problem))
    return `the nodes ask ${host} by TLS: railiance render registries`;
  if (/401|403|unauthorized|denied|authentication/i.test(problem))
    return 'name credentials.pull under [registry], or pull_secret in the settings';
  if (/not found|manifest unknown/i.test(problem)) return `railiance registry inspect ${reference}`;
  return `the nodes must reach ${host}; railiance registry check asks it from here`;
}

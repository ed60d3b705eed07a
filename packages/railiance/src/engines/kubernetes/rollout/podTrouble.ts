import type { Cause } from '../../../domain/verdict.ts';
import type { ContainerStatus, KubeEvent, Pod } from '../../../kubernetes/objects.ts';

/** A reason why a pod will not get ready, and whether there is any use in waiting on. */
export interface Trouble {
  readonly cause: Cause;
  /** More time will not help: the rollout is over. `false`: it counts only when the time is up. */
  readonly final: boolean;
  /** How long it may stand before it counts, where the node itself tries again late. */
  readonly patienceMs?: number;
}

export interface PodQuestion {
  readonly pod: Pod;
  /** Events about this pod. */
  readonly events: readonly KubeEvent[];
  readonly image: string;
}

/** What keeps a pod from being ready, the surest reason first; undefined where it is only on its way. */
export function podTrouble(question: PodQuestion): Trouble | undefined {
  const { pod } = question;
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const container of containers) {
    const found = waitingTrouble(container, question) ?? endedTrouble(container);
    if (found) return found;
  }
  return schedulingTrouble(pod) ?? eventTrouble(question);
}

const pullReasons = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
];

function waitingTrouble({ state }: ContainerStatus, { image, events }: PodQuestion): Trouble | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (pullReasons.includes(reason)) {
    // The container only says "back-off"; the registry's words are in the event of the pull itself.
    const event = events.findLast((one) => one.reason === 'Failed' && /^Failed to pull/.test(one.message ?? ''));
    const words = pullWords(event?.message ?? message);
    const summary = `the image ${image} cannot be pulled: ${words || reason}`;
    const final = reason !== 'RegistryUnavailable' && (reason !== 'ErrImagePull' || isSettled(words));
    return { cause: { name: 'image', summary, hint: pullHint(words) }, final };
  }
  if (reason === 'CreateContainerConfigError') return configTrouble(message);
  if (reason === 'CreateContainerError' || reason === 'RunContainerError') {
    return { cause: { name: 'crash', summary: `the container cannot be started: ${shortened(message)}` }, final: true };
  }
  return undefined;
}

/** The kubelet comes back to a pod only after 10 to 15 s. */
const nextTryMs = 30_000;

/** `couldn't find key X in Secret ns/name`, `secret "name" not found`, or a container that may not run as it wants to. */
function configTrouble(message: string): Trouble {
  const key = /couldn't find key (\S+) in (Secret|ConfigMap) (\S+)/.exec(message);
  if (key) {
    const summary = `the key ${key[1]} is missing in ${key[2]} ${key[3]}`;
    return { cause: { name: 'secret-missing', summary, hint: `railiance secrets set ${key[1]}` }, final: true };
  }
  const whole = /(secret|configmap) "([^"]+)" not found/i.exec(message);
  if (whole) {
    const summary = `the ${whole[1]} ${whole[2]} does not exist in its namespace`;
    return { cause: { name: 'secret-missing', summary, hint: 'name it in [secrets], or make it' }, final: true };
  }
  if (/failed to sync (secret|configmap) cache/.test(message)) {
    const summary = `its node cannot read its Secrets: ${shortened(message)}`;
    return { cause: { name: 'engine', summary }, final: false, patienceMs: nextTryMs };
  }
  const hint = /non-root|runAsNonRoot/.test(message) ? 'give the image a numeric user that is not 0' : undefined;
  const summary = `the container cannot be made: ${shortened(message)}`;
  return { cause: { name: 'crash', summary, ...(hint && { hint }) }, final: true };
}

/** A process that ended though it should run on; the first end is enough to know. */
function endedTrouble(container: ContainerStatus): Trouble | undefined {
  const { name, state, lastState, restartCount } = container;
  const init = name.startsWith('fill-');
  const ended = state?.terminated ?? (state?.waiting || restartCount > 0 ? lastState?.terminated : undefined);
  if (!ended || (init && ended.exitCode === 0)) return undefined;
  if (ended.reason === 'OOMKilled') {
    const hint = 'give it more memory under [run] resources';
    return {
      cause: { name: 'out-of-memory', summary: 'it was ended for using more memory than its limit', hint },
      final: true,
    };
  }
  if (ended.reason === 'ContainerCannotRun' || ended.reason === 'StartError') {
    const summary = `the container cannot run: ${shortened(ended.message ?? ended.reason)}`;
    return {
      cause: { name: 'crash', summary, hint: 'does its command exist in the image, for this platform?' },
      final: true,
    };
  }
  const how = ended.signal ? `signal ${ended.signal}` : `exit code ${ended.exitCode}`;
  const what = init ? `filling the volume ${name.slice('fill-'.length)}` : 'it';
  const wrong = /exec format error/.test(ended.message ?? '') ? ': the image is for another platform' : '';
  return { cause: { name: 'crash', summary: `${what} ended with ${how}${wrong}` }, final: true };
}

function schedulingTrouble({ status }: Pod): Trouble | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (status?.phase === 'Failed' && status.reason === 'Evicted') {
    return {
      cause: { name: 'unschedulable', summary: `it was evicted: ${shortened(status.message ?? '')}` },
      final: true,
    };
  }
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return undefined;
  const words = shortened((condition.message ?? '').replace(/ preemption:.*$/s, ''));
  if (/persistentvolumeclaim|volume/i.test(words)) {
    const hint = 'kubectl get pvc, and the storage class of the cluster, tell more';
    return { cause: { name: 'volume', summary: `no node can take it: ${words}`, hint }, final: false };
  }
  const hint = 'ask for less under [run] resources, or give the cluster more';
  return { cause: { name: 'unschedulable', summary: `no node can take it: ${words}`, hint }, final: false };
}

function eventTrouble({ events }: PodQuestion): Trouble | undefined {
  const mounts = events.filter(({ reason }) => reason === 'FailedMount' || reason === 'FailedAttachVolume');
  const mount = mounts.at(-1);
  // The first try often comes too soon: a claim that was just bound, a volume that still hangs on another node.
  if (mount && (mounts.length > 1 || (mount.count ?? 1) > 1)) {
    return {
      cause: { name: 'volume', summary: `a volume cannot be mounted: ${shortened(mount.message ?? '')}` },
      final: false,
    };
  }
  const sandbox = events.findLast(({ reason }) => reason === 'FailedCreatePodSandBox');
  if (!sandbox) return undefined;
  const summary = `the node cannot make its sandbox: ${shortened(sandbox.message ?? '')}`;
  return { cause: { name: 'engine', summary }, final: false };
}

/** The registry's own words, without the wrappings of kubelet and containerd. */
function pullWords(message: string): string {
  const bare = message
    .replace(/^.*?Failed to pull image "[^"]*": /s, '')
    .replace(/^(rpc error: code = \w+ desc = )+/, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '')
    .replace(/^failed to resolve (reference|image) "[^"]*": /, '')
    .replace(/^Back-off pulling image "[^"]*":? ?/, '')
    .replace(/^(ErrImagePull|ImagePullBackOff): ?/, '');
  return bare === message || bare === '' ? shortened(bare) : pullWords(bare);
}

/** An answer that will be the same at the next try. */
function isSettled(words: string): boolean {
  return /not found|manifest unknown|unauthorized|denied|authorization|forbidden|no match for platform|invalid/i.test(
    words,
  );
}

function pullHint(words: string): string {
  if (/unauthorized|denied|authorization|forbidden|401|403/i.test(words)) {
    return 'give the stage credentials: [registry] credentials.pull, or pull_secret in its settings';
  }
  if (/server gave HTTP response to HTTPS client/.test(words)) {
    return 'the nodes need the registry as a plain-HTTP mirror: railiance render registries';
  }
  if (/not found|manifest unknown/i.test(words)) return 'railiance push brings it there';
  return 'railiance registry check tells whether the registry answers';
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 400)} …` : line;
}

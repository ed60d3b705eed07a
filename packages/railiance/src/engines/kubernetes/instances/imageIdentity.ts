import type { Cause } from '../../../domain/verdict.ts';
import { ApiError } from '../../../kubernetes/apiError.ts';
import { type Node, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { watch } from '../../../kubernetes/watch.ts';
import type { InstanceEntry } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';

/** The kubelet looks at its images every 30 s and tells of them within 10 s. */
const usuallyListedWithinMs = 45_000;
const registryPatienceMs = 10_000;

interface Asked extends Pick<ClusterTools, 'api' | 'configDigestsOf'> {
  readonly signal: AbortSignal;
  /** For a node to tell of an image that it has just pulled; absent: as long as kubelets take. */
  readonly listedWithinMs?: number;
}

/** What the nodes pulled is compared with what was approved; undefined where it is that. @throws the signal's reason */
export async function wrongImage(
  asked: Asked,
  pods: readonly Pod[],
  { image, configDigest, container = 'app' }: Pick<InstanceEntry, 'image' | 'configDigest' | 'container'>,
): Promise<Cause | undefined> {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  for (const { spec, status } of pods) {
    const imageID = status?.containerStatuses?.find(({ name }) => name === container)?.imageID;
    if (imageID === undefined) continue;
    // Runtimes give the digest that was pulled, or that of the configuration: https://github.com/kubernetes/kubernetes/issues/46255
    const ran = /sha256:[0-9a-f]{64}/.exec(imageID)?.[0];
    if (ran !== undefined && (ran === digest || ran === configDigest)) continue;
    const wanted = spec?.containers.find(({ name }) => name === container)?.image;
    const mayBeSame = spec?.nodeName !== undefined && digest !== undefined && wanted?.endsWith(`@${digest}`);
    const known = mayBeSame ? await configsOf(asked, imageID) : undefined;
    if (known?.includes(configDigest)) continue;
    // What the registry says of a digest is final: there is no more to hear from the node.
    const isOpen = mayBeSame && known === undefined;
    if (ran !== undefined && isOpen && (await areOne(asked, spec.nodeName, [digest, ran]))) continue;
    const hint = isOpen
      ? `if that is the same image under another name, remove the name: crictl rmi ${imageID} on ${spec.nodeName}`
      : undefined;
    const summary = `a pod runs ${imageID || 'an unknown image'}, and not ${digest ?? image}`;
    return { name: 'image', summary, ...(hint !== undefined && { hint }) };
  }
  return undefined;
}

/** By the registry's word; undefined where it cannot tell. The name of an image has a scheme before it with some runtimes. */
async function configsOf({ configDigestsOf, signal }: Asked, imageID: string): Promise<readonly string[] | undefined> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(registryPatienceMs)]);
  const found = await configDigestsOf?.(imageID.replace(/^[a-z-]+:\/\//, ''), patience).catch(() => undefined);
  signal.throwIfAborted();
  return found;
}

/**
 * One image that was pulled by two digests, compressed in two ways say, is one to its node, which then gives either as that of
 * the pod. Its list of images has all names of an image together; of 50 images, unless the kubelet is told otherwise.
 */
async function areOne(
  { api, signal, listedWithinMs = usuallyListedWithinMs }: Asked,
  nodeName: string,
  [ours, theirs]: readonly [string, string],
): Promise<boolean> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(listedWithinMs)]);
  const query = { fieldSelector: `metadata.name=${nodeName}` };
  try {
    for await (const { object } of watch<Node>(api, pathOf('nodes'), query, stop)) {
      const names = (object.status?.images ?? []).map((known) => known.names ?? []);
      const has = (digest: string) => names.filter((all) => all.some((name) => name.endsWith(`@${digest}`)));
      if (has(ours).length > 0 && has(theirs).length > 0) return has(ours).some((all) => has(theirs).includes(all));
    }
  } catch (error) {
    // Without the right to look at nodes nothing is known of their images.
    if (!(error instanceof ApiError)) throw error;
  }
  signal.throwIfAborted();
  return false;
}

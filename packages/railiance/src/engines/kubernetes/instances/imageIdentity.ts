import type { Clock } from '../../../domain/clock.ts';
import type { Cause } from '../../../domain/verdict.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { type Node, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import type { InstanceEntry } from '../state/targetState.ts';

/** The kubelet looks at its images every 30 s and tells of them within 10 s. */
const listedWithinMs = 45_000;
const lookEveryMs = 1000;

interface Asked {
  readonly api: Api;
  readonly clock: Clock;
  readonly signal: AbortSignal;
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
    if (ran !== undefined && mayBeSame && (await areOne(asked, spec.nodeName, [digest, ran]))) continue;
    const hint = mayBeSame
      ? `if that is the same image under another name, remove the name: crictl rmi ${imageID} on ${spec.nodeName}`
      : undefined;
    const summary = `a pod runs ${imageID || 'an unknown image'}, and not ${digest ?? image}`;
    return { name: 'image', summary, ...(hint !== undefined && { hint }) };
  }
  return undefined;
}

/**
 * One image that was pulled by two digests, compressed in two ways say, is one to its node, which then gives either as that of
 * the pod. Its list of images has all names of an image together.
 */
async function areOne(
  { api, clock, signal }: Asked,
  nodeName: string,
  digests: readonly [string, string],
): Promise<boolean> {
  const untilMs = clock.elapsedMs() + listedWithinMs;
  for (;;) {
    // Without the right to look at nodes nothing is known of their images.
    const node = await api.call<Node>(pathOf('nodes', undefined, nodeName)).catch(() => undefined);
    if (!node) return false;
    const names = (node.status?.images ?? []).map((known) => known.names ?? []);
    const has = (digest: string) => names.filter((all) => all.some((name) => name.endsWith(`@${digest}`)));
    const [ours, theirs] = [has(digests[0]), has(digests[1])];
    if (ours.length > 0 && theirs.length > 0) return ours.some((all) => theirs.includes(all));
    if (clock.elapsedMs() > untilMs) return false;
    await clock.sleep(lookEveryMs, signal);
  }
}

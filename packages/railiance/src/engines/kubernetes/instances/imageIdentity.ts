import type { Cause } from '../../../domain/verdict.ts';
import type { Pod } from '../../../kubernetes/objects.ts';
import type { InstanceEntry } from '../state/targetState.ts';

/** What the nodes pulled is compared with what was approved; undefined where it is that. */
export function wrongImage(
  pods: readonly Pod[],
  { image, configDigest, container = 'app' }: Pick<InstanceEntry, 'image' | 'configDigest' | 'container'>,
): Cause | undefined {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  const statuses = pods.flatMap(
    ({ status }) => status?.containerStatuses?.filter(({ name }) => name === container) ?? [],
  );
  for (const { imageID } of statuses) {
    // Runtimes give the digest that was pulled, or that of the configuration: https://github.com/kubernetes/kubernetes/issues/46255
    const ran = /sha256:[0-9a-f]{64}/.exec(imageID)?.[0];
    if (ran !== undefined && (ran === digest || ran === configDigest)) continue;
    return { name: 'image', summary: `a pod runs ${imageID || 'an unknown image'}, and not ${digest ?? image}` };
  }
  return undefined;
}

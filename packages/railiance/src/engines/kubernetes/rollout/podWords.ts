import type { Pod } from '../../../kubernetes/objects.ts';

export function isReady({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

/** What a pod does now, or what it waits for, in a few words. */
export function podWords(pod: Pod): string {
  const { metadata, spec, status } = pod;
  if (metadata.deletionTimestamp !== undefined) return 'ending';
  if (isReady(pod)) return 'ready';
  if (spec?.nodeName === undefined) return 'waits for a node';
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const { name, state } of statuses) {
    if (state?.waiting) {
      const reason = state.waiting.reason ?? '';
      return reason === 'ContainerCreating' || reason === 'PodInitializing' ? 'its container is being made' : reason;
    }
    if (state?.terminated && state.terminated.exitCode !== 0)
      return `ended with exit code ${state.terminated.exitCode}`;
    if (state?.running && name !== 'app') return `runs ${name}`;
  }
  return status?.phase === 'Running' ? 'runs, and is not ready yet' : 'its container is being made';
}

/** When the app's own process began to run; undefined while it does not. */
export function runsSince({ status }: Pod): string | undefined {
  const app = status?.containerStatuses?.find(({ state }) => state?.running);
  return app?.state?.running?.startedAt ?? undefined;
}

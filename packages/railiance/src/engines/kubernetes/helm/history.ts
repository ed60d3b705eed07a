import type { Api } from '../../../kubernetes/api.ts';
import { pathOf } from '../../../kubernetes/objects.ts';
import { listMetadata, remove } from '../../../kubernetes/store.ts';

/** One revision of a Helm release, as the labels of Helm's own record say: https://helm.sh/docs/topics/advanced/#storage-backends */
export interface HelmRevision {
  readonly revision: number;
  /** `deployed`, `superseded`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `uninstalling` … */
  readonly status: string;
  readonly secretName: string;
}

/** Newest first. */
export async function helmHistory(api: Api, namespace: string, release: string): Promise<readonly HelmRevision[]> {
  const found = await listMetadata(api, pathOf('secrets', namespace), `owner=helm,name=${release}`);
  return found
    .map(({ name, labels }) => ({
      revision: Number(labels?.version),
      status: labels?.status ?? '',
      secretName: name,
    }))
    .filter(({ revision }) => Number.isInteger(revision))
    .sort((one, other) => other.revision - one.revision);
}

/** A revision that a killed helm left half-made; undefined where the newest is whole. */
export function pendingRevision(history: readonly HelmRevision[]): HelmRevision | undefined {
  const [newest] = history;
  return newest && /^(pending-|uninstalling)/.test(newest.status) ? newest : undefined;
}

/** The newest revision that was put on the cluster whole. */
export function newestGood(history: readonly HelmRevision[]): HelmRevision | undefined {
  return history.find(({ status }) => status === 'deployed') ?? history.find(({ status }) => status === 'superseded');
}

/**
 * Takes a half-made revision out of Helm's records, so that the next upgrade goes on from the newest whole one. Only for a
 * chart whose every object is named by the values: whatever the killed helm made or changed, the next upgrade or the
 * clean-up by labels puts right.
 */
export async function forgetRevision(api: Api, namespace: string, { secretName }: HelmRevision): Promise<void> {
  await remove(api, pathOf('secrets', namespace, secretName));
}

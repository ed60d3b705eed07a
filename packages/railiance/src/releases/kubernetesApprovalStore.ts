import { setTimeout as wait } from 'node:timers/promises';

import type { Clock } from '../domain/clock.ts';
import type { Target } from '../domain/name.ts';
import { selectorOf } from '../kubernetes/labels.ts';
import { type KubeList, pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { decoded, encoded, listMetadata, read, remove, replace } from '../kubernetes/store.ts';
import { watch } from '../kubernetes/watch.ts';
import { assertApprovalId, isApprovalId, readApproval, signedApproval } from './approvalRecord.ts';
import type { ApprovalStore, Signer } from './approvalStore.ts';

const kind = 'approval';
const keyOf = { approval: 'approval.json', withdrawn: 'withdrawn.json', used: 'used.json' } as const;
/** A yes that may still count stays, however many there are. */
const keptApprovals = 100;
/** Of one change the API tells several times, of a list once for each object. */
const settleMs = 100;
const lookAgainMs = 5_000;

export interface KubernetesApprovalStoreOptions extends RecordPlace {
  /** The same for every machine that deploys to the stage. */
  readonly signer: Signer;
  readonly clock: Clock;
}

/**
 * Approvals as Secrets of the stage's cluster, one a yes, `<app>.<stage>.approval.<id>`. That it was used or withdrawn is
 * written into the same object, from the version that was read: of many runs on many machines one takes it.
 */
export function createKubernetesApprovalStore(options: KubernetesApprovalStoreOptions): ApprovalStore {
  const { api, namespace, signer, clock } = options;
  const nameOf = (target: Target, id: string) => recordName(target, kind, assertApprovalId(id));
  const listPath = pathOf('secrets', namespace);
  const pathFor = (target: Target, id: string) => pathOf('secrets', namespace, nameOf(target, id));
  const query = (target: Target) => ({ labelSelector: selectorOf(recordLabels(kind, target)) });

  /** Written once: whoever comes later finds what the first one wrote. */
  async function mark(target: Target, id: string, key: string, content: object): Promise<void> {
    for (;;) {
      const found = await read<SecretObject>(api, pathFor(target, id));
      if (!found || found.data?.[key] !== undefined) return;
      const data = { ...found.data, [key]: encoded(JSON.stringify(content)) };
      if (await replace(api, pathFor(target, id), { ...found, data } as SecretObject)) return;
    }
  }

  const list: ApprovalStore['list'] = async (target) => {
    const { items } = await api.call<KubeList<SecretObject>>(listPath, { query: query(target) });
    const found = await Promise.all(
      items.map(async ({ metadata, data }) => {
        const id = metadata.name.split('.').at(-1) ?? '';
        const text = (key: string) => (data?.[key] === undefined ? undefined : decoded(data[key]));
        const texts = {
          approval: text(keyOf.approval),
          withdrawn: text(keyOf.withdrawn),
          used: text(keyOf.used),
        };
        return isApprovalId(id) ? await readApproval(id, texts, signer) : undefined;
      }),
    );
    return found.filter((one) => one !== undefined);
  };

  /** A yes that comes back from the hub must find that it was used: one that has not ended yet is never removed. */
  async function prune(target: Target): Promise<void> {
    const { labelSelector } = query(target);
    const surplus = (await listMetadata(api, listPath, labelSelector)).length - keptApprovals;
    if (surplus <= 0) return;
    const ended = (await list(target))
      .map(({ approval }) => approval)
      .filter(({ id, expiresAt }) => isApprovalId(id) && Date.parse(expiresAt) <= clock.now().getTime())
      .sort((one, other) => one.givenAt.localeCompare(other.givenAt));
    for (const { id } of ended.slice(0, surplus)) await remove(api, pathFor(target, id));
  }

  return {
    list,

    async add(approval) {
      const target = { app: approval.app, stage: approval.stage };
      const metadata = { name: nameOf(target, approval.id), namespace, labels: recordLabels(kind, target) };
      const data = { [keyOf.approval]: encoded(await signedApproval(approval, signer)) };
      const object: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, data };
      if (await createRecord(options, 'secrets', object)) await prune(target).catch(() => {});
    },

    take: (target, id, runId) => mark(target, id, keyOf.used, { runId, at: clock.now().toISOString() }),

    withdraw: (target, id, by) => mark(target, id, keyOf.withdrawn, { by, at: clock.now().toISOString() }),

    async watch(target, onChange, signal) {
      let isDue = false;
      const tell = () => {
        if (isDue) return;
        isDue = true;
        setTimeout(() => {
          isDue = false;
          if (!signal.aborted) onChange();
        }, settleMs);
      };
      void follow(() => watch(api, listPath, query(target), signal), tell, signal);
    },
  };
}

/** Where the cluster lets nobody watch, or is away, there is a look now and then. */
async function follow(changes: () => AsyncIterable<unknown>, tell: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _ of changes()) tell();
    } catch {
      tell();
    }
    await wait(lookAgainMs, undefined, { signal }).catch(() => {});
  }
}

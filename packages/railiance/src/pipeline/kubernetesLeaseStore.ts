import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import { labelOf, selectorOf } from '../kubernetes/labels.ts';
import { type KubeList, type KubeObject, pathOf } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { read, replace } from '../kubernetes/store.ts';
import type { HeldLease, LeaseHolder, LeaseStore } from './leaseStore.ts';

/** https://kubernetes.io/docs/concepts/architecture/leases/ */
interface LeaseObject extends KubeObject {
  readonly spec: {
    /** Empty: released. */
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    /** The fencing number: Kubernetes, too, counts changes of the holder here. */
    readonly leaseTransitions?: number;
  };
}

const annotation = 'railiance.dev/holder';
const schema = 'railiance.lease.v1';

export interface KubernetesLeaseStore extends LeaseStore {
  /** The newest lease of every target of a stage, by the target's label: one request. */
  all(stage: string): Promise<ReadonlyMap<string, HeldLease>>;
}

/**
 * Leases as Lease objects of the stage's cluster, one a target. The API server's own compare-and-swap gives each number to
 * one holder; the time of renewal is only compared for equality, never with a clock.
 */
export function createKubernetesLeaseStore(place: RecordPlace): KubernetesLeaseStore {
  const { api, namespace } = place;
  const pathFor = (target: Target) => pathOf('leases', namespace, recordName(target));
  const readLease = async (target: Target) => await read<LeaseObject>(api, pathFor(target));
  /** As each was read last: by its version the server refuses to replace what was changed since. */
  const seen = new Map<string, LeaseObject>();

  return {
    async newest(target) {
      const found = await readLease(target);
      if (found) seen.set(targetLabel(target), found);
      return found && held(found, target);
    },

    async create(target, fencing, holder) {
      const object = leaseObject(target, fencing, holder);
      const metadata = { ...object.metadata, namespace };
      const take = async (found: LeaseObject | undefined) =>
        found
          ? fencingOf(found) < fencing &&
            (await replace(api, pathFor(target), { ...object, metadata: { ...metadata, ...versionOf(found) } }))
          : await createRecord(place, 'leases', { ...object, metadata });
      const known = seen.get(targetLabel(target));
      seen.delete(targetLabel(target));
      const written = (known && (await take(known))) || (await take(await readLease(target)));
      // An answer that was lost on the way looks like somebody else's lease: the run that holds it tells.
      return written || (await isOurs(target, fencing, holder, readLease));
    },

    async beat(target, fencing) {
      for (;;) {
        const found = await readLease(target);
        if (!found || fencingOf(found) !== fencing || isReleased(found)) return false;
        const spec = { ...found.spec, renewTime: microTime() };
        if (await replace(api, pathFor(target), { ...found, spec } as LeaseObject)) return true;
      }
    },

    async release(target, fencing) {
      const free = async (found: LeaseObject) => {
        const spec = { ...found.spec, holderIdentity: '' };
        return await replace(api, pathFor(target), { ...found, spec } as LeaseObject);
      };
      const isOver = (found: LeaseObject) => fencingOf(found) !== fencing || isReleased(found);
      const known = seen.get(targetLabel(target));
      if (known && !isOver(known) && (await free(known))) return;
      for (;;) {
        const found = await readLease(target);
        if (!found || isOver(found) || (await free(found))) return;
      }
    },

    async all(stage) {
      const query = { labelSelector: selectorOf({ [labelOf.kind]: 'lease', [labelOf.stage]: stage }) };
      const { items } = await api.call<KubeList<LeaseObject>>(pathOf('leases', namespace), { query });
      return new Map(
        items.map((item) => {
          const target = { app: item.metadata.labels?.[labelOf.app] ?? '', stage };
          return [targetLabel(target), held(item, target)];
        }),
      );
    },
  };
}

function leaseObject(target: Target, fencing: number, holder: LeaseHolder): LeaseObject {
  const now = microTime();
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: recordName(target),
      labels: recordLabels('lease', target),
      annotations: { [annotation]: JSON.stringify({ schema, ...holder }) },
    },
    spec: {
      holderIdentity: `${holder.owner}@${holder.host}/${holder.runId}`,
      leaseDurationSeconds: Math.max(1, Math.ceil(holder.ttlMs / 1000)),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: fencing,
    },
  };
}

function held(found: LeaseObject, target: Target): HeldLease {
  return {
    fencing: fencingOf(found),
    holder: parse(found, target),
    released: isReleased(found),
    heartbeat: found.spec.renewTime ?? '',
  };
}

async function isOurs(
  target: Target,
  fencing: number,
  { runId, pid, host }: LeaseHolder,
  readLease: (target: Target) => Promise<LeaseObject | undefined>,
): Promise<boolean> {
  const found = await readLease(target);
  if (!found || fencingOf(found) !== fencing || isReleased(found)) return false;
  const holder = parse(found, target);
  return holder.runId === runId && holder.pid === pid && holder.host === host;
}

function fencingOf({ spec }: LeaseObject): number {
  return spec.leaseTransitions ?? 0;
}

function isReleased({ spec }: LeaseObject): boolean {
  return !spec.holderIdentity;
}

function versionOf({ metadata: { resourceVersion } }: LeaseObject) {
  return resourceVersion === undefined ? {} : { resourceVersion };
}

/** Of the process's own monotonic clock below the second: two beats never look the same. */
function microTime(): string {
  const micros = String(Math.floor((performance.now() * 1000) % 1_000_000)).padStart(6, '0');
  return `${new Date().toISOString().slice(0, 19)}.${micros}Z`;
}

function parse({ metadata }: LeaseObject, target: Target): LeaseHolder {
  try {
    const { schema: found, ...holder } = JSON.parse(metadata.annotations?.[annotation] ?? '') as LeaseHolder & {
      schema?: unknown;
    };
    if (found !== schema) throw new Error(`its schema is ${JSON.stringify(found)}, not ${schema}`);
    if (!(typeof holder.ttlMs === 'number' && holder.ttlMs > 0)) throw new Error('it has no ttlMs');
    return holder;
  } catch (error) {
    throw new Failure(`read the lease of ${targetLabel(target)}`, `its object is damaged: ${problemOf(error)}`, {
      hint: `make sure that no railiance works on it, then: kubectl delete lease ${metadata.name} -n ${metadata.namespace}`,
      exitCode: exitCodes.needsPerson,
      cause: error,
    });
  }
}

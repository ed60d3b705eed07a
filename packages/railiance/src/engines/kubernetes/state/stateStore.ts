import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import { assertName, type Target, targetLabel } from '../../../domain/name.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { labelOf, selectorOf } from '../../../kubernetes/labels.ts';
import { type DataObject, type KubeList, type Metadata, pathOf } from '../../../kubernetes/objects.ts';
import { created, ensureNamespace, read, replaced } from '../../../kubernetes/store.ts';
import { stateSchema, type TargetState } from './targetState.ts';

/** What each target is to be, as one ConfigMap a target in the namespace of the stage's records. */
export interface StateStore {
  get(target: Target): Promise<TargetState | undefined>;
  /** Of one stage, or of all that keep their records there. */
  all(stage?: string): Promise<readonly TargetState[]>;
  /**
   * Changes what is to be, and notes the lease number. `first` is where a new target begins.
   * @throws Failure (lease held) where a later lease was seen
   */
  change(
    target: Target,
    fencing: number,
    change: (state: TargetState | undefined) => TargetState | undefined,
  ): Promise<TargetState | undefined>;
}

const dataKey = 'state.json';
const kind = 'target';

export function createStateStore(api: Api, namespace: string): StateStore {
  const nameOf = ({ app, stage }: Target) => `${assertName('app', app)}.${assertName('stage', stage)}.target`;
  const list = pathOf('configmaps', namespace);
  let isThere = false;

  /** Objects as this process read or wrote them last, by name. */
  const seen = new Map<string, DataObject>();
  const keep = (name: string, object: DataObject | undefined): DataObject | undefined => {
    if (object) seen.set(name, object);
    else seen.delete(name);
    return object;
  };

  const readObject = async (target: Target) => {
    const name = nameOf(target);
    return keep(name, await read<DataObject>(api, pathOf('configmaps', namespace, name)));
  };

  async function write(target: Target, state: TargetState, before: Metadata | undefined): Promise<boolean> {
    const name = nameOf(target);
    const labels = { [labelOf.kind]: kind, [labelOf.app]: target.app, [labelOf.stage]: target.stage };
    const resourceVersion = before?.resourceVersion;
    const metadata = { name, namespace, labels, ...(resourceVersion !== undefined && { resourceVersion }) };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [dataKey]: JSON.stringify(state) } };
    if (before) return keep(name, await replaced(api, pathOf('configmaps', namespace, name), object)) !== undefined;
    if (!isThere) await ensureNamespace(api, namespace, { [labelOf.kind]: 'records' });
    isThere = true;
    return keep(name, await created(api, list, object)) !== undefined;
  }

  return {
    async get(target) {
      const found = await readObject(target);
      return found && parse(target, found);
    },

    async all(stage) {
      const labels = { [labelOf.kind]: kind, ...(stage !== undefined && { [labelOf.stage]: stage }) };
      const { items } = await api.call<KubeList<DataObject>>(list, { query: { labelSelector: selectorOf(labels) } });
      return items.map((item) =>
        parse(
          { app: item.metadata.labels?.[labelOf.app] ?? '', stage: item.metadata.labels?.[labelOf.stage] ?? '' },
          item,
        ),
      );
    },

    async change(target, fencing, change) {
      const decide = (found: DataObject | undefined) => {
        const state = found && parse(target, found);
        if (state && state.fencing > fencing) throw takenOver(target, fencing, state.fencing);
        const wanted = change(state);
        const isSame = !wanted || (wanted === state && state.fencing === fencing);
        return { state, metadata: found?.metadata, ...(!isSame && { next: { ...wanted, fencing } }) };
      };
      // Only who holds the lease changes it: what was seen last is there still, or the API server refuses the change. What is
      // left as it is, or not to be changed, is looked at again first.
      const known = seen.get(nameOf(target));
      const early = known && orUndefined(() => decide(known));
      if (early?.next && (await write(target, early.next, early.metadata))) return early.next;
      for (;;) {
        const { state, metadata, next } = decide(await readObject(target));
        if (!next) return state;
        if (await write(target, next, metadata)) return next;
      }
    },
  };
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

export function takenOver(target: Target, fencing: number, seen: number): Failure {
  return new Failure(
    `change ${targetLabel(target)}`,
    `the lease was lost: its number is ${fencing}, and ${seen} has changed it since`,
    { hint: '`railiance status` shows what serves now', exitCode: exitCodes.leaseHeld },
  );
}

function parse(target: Target, { metadata, data }: DataObject): TargetState {
  try {
    const state = JSON.parse(data?.[dataKey] ?? '') as TargetState;
    if (state.schema !== stateSchema) throw new Error(`its schema is ${JSON.stringify(state.schema)}`);
    return state;
  } catch (error) {
    throw new Failure(
      `read ${targetLabel(target)}`,
      `the ConfigMap ${metadata.name} in ${metadata.namespace} is damaged: ${problemOf(error)}`,
      { hint: 'remove it; the next deploy writes it anew', exitCode: exitCodes.needsPerson },
    );
  }
}

import { assertName, type Target } from '../../../domain/name.ts';
import type { Evidence } from '../../../domain/verdict.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { labelOf } from '../../../kubernetes/labels.ts';
import { pathOf, type SecretObject } from '../../../kubernetes/objects.ts';
import { create, decoded, encoded, read, replace } from '../../../kubernetes/store.ts';

/** An instance that is gone: what its pods said last, secrets removed. */
export interface EndedInstance {
  readonly id: string;
  readonly at: string;
  readonly reason: string;
  readonly evidence: Evidence;
}

/** The last instances of each target that ended: their pods, and with them their logs, are gone from the cluster. */
export interface EndedStore {
  get(target: Target, id: string): Promise<EndedInstance | undefined>;
  put(target: Target, ended: EndedInstance): Promise<void>;
}

const kept = 5;
const dataKey = 'ended.json';
const tries = 5;

/** One Secret a target, since an app's last lines are nobody else's business. */
export function createEndedStore(api: Api, namespace: string): EndedStore {
  const nameOf = ({ app, stage }: Target) => `${assertName('app', app)}.${assertName('stage', stage)}.ended`;

  async function readAll(target: Target) {
    const found = await read<SecretObject>(api, pathOf('secrets', namespace, nameOf(target)));
    const text = decoded(found?.data?.[dataKey]);
    return { found, all: text === '' ? [] : (JSON.parse(text) as readonly EndedInstance[]) };
  }

  return {
    async get(target, id) {
      return (await readAll(target)).all.find((ended) => ended.id === id);
    },

    async put(target, ended) {
      for (let attempt = 0; attempt < tries; attempt++) {
        const { found, all } = await readAll(target);
        const next = [ended, ...all.filter(({ id }) => id !== ended.id)].slice(0, kept);
        const name = nameOf(target);
        const labels = { [labelOf.kind]: 'ended', [labelOf.app]: target.app, [labelOf.stage]: target.stage };
        const resourceVersion = found?.metadata.resourceVersion;
        const object = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, namespace, labels, ...(resourceVersion !== undefined && { resourceVersion }) },
          data: { [dataKey]: encoded(JSON.stringify(next)) },
        };
        const written = found
          ? await replace(api, pathOf('secrets', namespace, name), object)
          : await create(api, pathOf('secrets', namespace), object);
        if (written) return;
      }
    },
  };
}

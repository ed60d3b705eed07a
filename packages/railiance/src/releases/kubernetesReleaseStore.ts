import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';

import type { Target } from '../domain/name.ts';
import type { Release } from '../domain/release.ts';
import { labelOf, selectorOf } from '../kubernetes/labels.ts';
import { type KubeList, pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { decoded, encoded, listMetadata, read, remove, replace } from '../kubernetes/store.ts';
import { assertNotStale, noSuchRelease } from './fencing.ts';
import { parseRelease, type StoredRelease, serialiseRelease } from './releaseFile.ts';
import type { ReleaseStore } from './releaseStore.ts';

const key = 'release.json.gz';
/** Of heads: they are read by the hundred, and expanding one takes longer than the bytes that it saves. */
const plainKey = 'release.json';
/** Records that stay, far beyond what retention keeps of images and secrets. */
const keptRecords = 100;
const compress = promisify(gzip);

export interface KubernetesReleaseStore extends ReleaseStore {
  /**
   * The newest release of every target of a stage, by the head objects alone: one request. One behind where a writer
   * died in between; then its run is not over.
   */
  heads(stage: string): Promise<readonly Release[]>;
}

interface Newest {
  readonly head: SecretObject | undefined;
  readonly stored: StoredRelease | undefined;
}

/**
 * Releases as Secrets of the stage's cluster, one a release, `<app>.<stage>.release.<number>`. Creating it both numbers the
 * release and makes it the newest: of two writers one finds its number taken. A head object a target repeats the newest,
 * so that one request shows what serves; it may be one behind where a writer died in between.
 */
export function createKubernetesReleaseStore(place: RecordPlace): KubernetesReleaseStore {
  const { api, namespace } = place;
  const nameOf = (target: Target, number: number) => recordName(target, 'release', String(number).padStart(6, '0'));
  const headPath = (target: Target) => pathOf('secrets', namespace, recordName(target, 'head'));

  const readNumber = async (target: Target, number: number): Promise<StoredRelease | undefined> => {
    const name = nameOf(target, number);
    const found = await read<SecretObject>(api, pathOf('secrets', namespace, name));
    return found && open(found, target, number);
  };

  const readHead = async (target: Target) => await read<SecretObject>(api, headPath(target));

  /** As it was read last, by target: who records begins there, and is refused where there is a later one. */
  const seen = new Map<string, Newest>();

  /** The head object, and beyond it what its writer could not tell any more. */
  const newest = async (target: Target): Promise<Newest> => {
    const head = await readHead(target);
    let stored = head ? open(head, target, numberOf(head)) : await readNumber(target, await highest(target));
    for (;;) {
      const next = await readNumber(target, (stored?.release.number ?? 0) + 1);
      if (!next) break;
      stored = next;
    }
    seen.set(recordName(target), { head, stored });
    return { head, stored };
  };

  /** Where there is no head: somebody may have removed it, and numbers must not begin anew. 0 where there is no release. */
  const highest = async (target: Target): Promise<number> => {
    const selector = selectorOf(recordLabels('release', target));
    const found = await listMetadata(api, pathOf('secrets', namespace), selector);
    return Math.max(0, ...found.map((metadata) => numberOf({ metadata })));
  };

  const all = async (target: Target): Promise<readonly StoredRelease[]> => {
    const query = { labelSelector: selectorOf(recordLabels('release', target)) };
    const { items } = await api.call<KubeList<SecretObject>>(pathOf('secrets', namespace), { query });
    const opened = items.map((item) => open(item, target, numberOf(item)));
    return opened.sort((one, other) => other.release.number - one.release.number);
  };

  async function write(
    kind: 'release' | 'head',
    name: string,
    { release, fencing }: StoredRelease,
  ): Promise<SecretObject> {
    const labels = {
      ...recordLabels(kind, release),
      [labelOf.number]: String(release.number),
      [labelOf.run]: release.runId,
    };
    const text = serialiseRelease(release, fencing);
    const data = kind === 'head' ? { [plainKey]: encoded(text) } : { [key]: (await compress(text)).toString('base64') };
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels }, data };
  }

  /** Never back: another process may have written a later one. @param known the head object as it was read last */
  async function moveHead(stored: StoredRelease, known: SecretObject | undefined): Promise<void> {
    const name = recordName(stored.release, 'head');
    const object = await write('head', name, stored);
    for (let found = known; ; found = await readHead(stored.release)) {
      if (found && numberOf(found) >= stored.release.number) return;
      const resourceVersion = found?.metadata.resourceVersion;
      const next = {
        ...object,
        metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
      };
      if (found ? await replace(api, headPath(stored.release), next) : await createRecord(place, 'secrets', next))
        return;
    }
  }

  async function ofRun({ runId, ...target }: Omit<Release, 'number'>): Promise<StoredRelease | undefined> {
    const labelSelector = selectorOf({ ...recordLabels('release', target), [labelOf.run]: runId });
    const { items } = await api.call<KubeList<SecretObject>>(pathOf('secrets', namespace), {
      query: { labelSelector },
    });
    const [found] = items;
    return found && open(found, target, numberOf(found));
  }

  return {
    async record(release, fencing) {
      for (let known = seen.get(recordName(release)); ; known = undefined) {
        const [{ head, stored: before }, same] = await Promise.all([known ?? newest(release), ofRun(release)]);
        assertNotStale(release, fencing, before?.fencing);
        if (same) {
          await moveHead(same, head);
          return same.release;
        }
        const numbered: Release = { ...release, number: (before?.release.number ?? 0) + 1 };
        const stored = { release: numbered, fencing };
        const object = await write('release', nameOf(release, numbered.number), stored);
        if (!(await createRecord(place, 'secrets', { ...object, immutable: true } as SecretObject))) continue;
        await moveHead(stored, head);
        const oldest = numbered.number - keptRecords;
        if (oldest > 0) await remove(api, pathOf('secrets', namespace, nameOf(release, oldest))).catch(() => {});
        return numbered;
      }
    },

    async head(target) {
      const { stored: found } = await newest(target);
      return found && { current: found.release.number, fencing: found.fencing };
    },

    newest: async (target) => (await newest(target)).stored?.release,

    async get(target, number) {
      return (await readNumber(target, number))?.release ?? noSuchRelease(target, number);
    },

    list: async (target) => (await all(target)).map(({ release }) => release),

    async targets() {
      const found = await listMetadata(api, pathOf('secrets', namespace), selectorOf({ [labelOf.kind]: 'head' }));
      return found.flatMap(({ labels }) => {
        const app = labels?.[labelOf.app];
        const stage = labels?.[labelOf.stage];
        return app === undefined || stage === undefined ? [] : [{ app, stage }];
      });
    },

    async heads(stage) {
      const query = { labelSelector: selectorOf({ [labelOf.kind]: 'head', [labelOf.stage]: stage }) };
      const { items } = await api.call<KubeList<SecretObject>>(pathOf('secrets', namespace), { query });
      return items.map((item) => {
        const app = item.metadata.labels?.[labelOf.app] ?? '';
        return open(item, { app, stage }, numberOf(item)).release;
      });
    },
  };
}

function numberOf({ metadata }: Pick<SecretObject, 'metadata'>): number {
  return Number(metadata.labels?.[labelOf.number] ?? 0);
}

function open({ metadata, data }: SecretObject, target: Target, number: number): StoredRelease {
  const file = `the Secret ${metadata.name} in ${metadata.namespace}`;
  const text = data?.[plainKey] === undefined ? expanded(data?.[key]) : decoded(data[plainKey]);
  return parseRelease(text, { target, number, file });
}

/** Empty where it is damaged. */
function expanded(base64 = ''): string {
  try {
    return gunzipSync(Buffer.from(base64, 'base64')).toString();
  } catch {
    return '';
  }
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from '../config/home.ts';
import type { Clock } from '../domain/clock.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { FinalState, RunEntry, RunRecord } from '../domain/runRecord.ts';
import { replaceDurably } from '../files/durableFile.ts';
import { labelOf, selectorOf } from '../kubernetes/labels.ts';
import { type Metadata, pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createdRecord, type RecordPlace, recordLabels, recordName } from '../kubernetes/records.ts';
import { decoded, encoded, listMetadata, read, remove } from '../kubernetes/store.ts';
import { JournalFailed } from './journalFailed.ts';
import { decodeJournal, encodeRecords } from './journalFormat.ts';
import { isRunId, numberOfRun } from './runId.ts';
import type { Journal, RunStore } from './runStore.ts';

export interface KubernetesRunStoreOptions extends RecordPlace {
  /** Evidence is kept on this machine too, where a person reads it as a file. */
  readonly home: Home;
  readonly clock: Clock;
}

const journalKey = 'journal.jsonl';
const evidencePrefix = 'evidence.';
/** Secrets hold 1 MiB: journals are far smaller, and evidence gets what they leave. */
const longestEvidenceBytes = 200_000;
const keptRuns = 30;
/** Of those that succeeded: they made the releases, which `history` shows by their runs for as long as they are kept. */
const keptSuccesses = 100;

export interface KubernetesRunStore extends RunStore {
  /** Runs of a stage that are not over, or need a person, whatever came after them: one request. */
  unsettled(stage: string): Promise<readonly (Target & { readonly runId: string })[]>;
}

/** Runs as Secrets of the stage's cluster, one a run: any machine sees them, goes on with them or takes them back. */
export function createKubernetesRunStore(options: KubernetesRunStoreOptions): KubernetesRunStore {
  const { api, namespace } = options;
  const pathFor = (target: Target, runId: string) => {
    if (!isRunId(runId)) throw unknownRun(target, runId);
    return pathOf('secrets', namespace, recordName(target, 'run', runId));
  };
  const newestFirst = async (target: Target): Promise<readonly Kept[]> => {
    const found = await listMetadata(api, pathOf('secrets', namespace), selectorOf(recordLabels('run', target)));
    const runs = found.map((metadata) => ({ runId: runIdIn(metadata), state: metadata.labels?.[labelOf.state] }));
    return runs.filter(({ runId }) => isRunId(runId)).sort((a, b) => numberOfRun(b.runId) - numberOfRun(a.runId));
  };

  return {
    list: async (target) => (await newestFirst(target)).map(({ runId }) => runId),

    async create(target, runId, first) {
      const path = pathFor(target, runId);
      const at = options.clock.now().toISOString();
      const { text } = encodeRecords([first], { seq: 0, at, prev: '' });
      const labels = recordLabels('run', target);
      const metadata = { name: recordName(target, 'run', runId), namespace, labels };
      const object: SecretObject = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata,
        data: { [journalKey]: encoded(text) },
      };
      const made = await createdRecord(options, 'secrets', object);
      if (!made) throw new JournalFailed(path, new Error('there is such a run'));
      const pruned = newestFirst(target)
        .then((runs) => prune(options, target, runs))
        .catch(() => {});
      const journal = await openJournal(options, { target, runId, path }, made);
      return { ...journal, close: () => pruned };
    },

    open: async (target, runId) => await openJournal(options, { target, runId, path: pathFor(target, runId) }),

    async read(target, runId) {
      const found = await read<SecretObject>(api, pathFor(target, runId));
      if (!found) throw unknownRun(target, runId);
      return decodeJournal(Buffer.from(found.data?.[journalKey] ?? '', 'base64')).records;
    },

    async unsettled(stage) {
      const labelSelector = `${selectorOf({ [labelOf.kind]: 'run', [labelOf.stage]: stage })},${notSettled}`;
      const found = await listMetadata(api, pathOf('secrets', namespace), labelSelector);
      return found.map((metadata) => ({ app: metadata.labels?.[labelOf.app] ?? '', stage, runId: runIdIn(metadata) }));
    },
  };
}

interface Kept {
  readonly runId: string;
  readonly state: string | undefined;
}

/** Also true of what has no such label. */
const notSettled = `${labelOf.state} notin (${['succeeded', 'rolled-back'] satisfies FinalState[]})`;

function runIdIn({ name }: Metadata): string {
  return name.split('.').at(-1) ?? '';
}

/** The newest ones stay. A run that is not over is always among them: each begins by finishing the ones before it. */
async function prune({ api, namespace }: RecordPlace, target: Target, newestFirst: readonly Kept[]): Promise<void> {
  const successes = newestFirst.filter(({ state }) => state === 'succeeded').slice(0, keptSuccesses);
  for (const run of newestFirst.slice(keptRuns)) {
    if (successes.includes(run)) continue;
    const { runId } = run;
    await remove(api, pathOf('secrets', namespace, recordName(target, 'run', runId)));
  }
}

async function openJournal(
  { api, clock, home }: KubernetesRunStoreOptions,
  { target, runId, path }: { readonly target: Target; readonly runId: string; readonly path: string },
  made?: SecretObject,
): Promise<Journal> {
  const evidenceDir = join(home.target(target), 'runs', runId, 'evidence');
  await mkdir(evidenceDir, { recursive: true, mode: 0o700 });
  const found = made ?? (await read<SecretObject>(api, path));
  if (!found) throw unknownRun(target, runId);
  const content = decodeJournal(Buffer.from(found.data?.[journalKey] ?? '', 'base64'));
  const records: RunRecord[] = [...content.records];
  let object = found;
  let text = decoded(found.data?.[journalKey]).slice(0, content.validBytes);
  let prev = content.lastHash;
  let failed: JournalFailed | undefined;

  /** Only from the version that this process wrote or opened: whoever opens the run later shuts it out. */
  async function write(
    data: Readonly<Record<string, string>>,
    more: Pick<Metadata, 'annotations' | 'labels'> = {},
  ): Promise<void> {
    if (failed) throw failed;
    const { annotations, labels } = object.metadata;
    const metadata = {
      ...object.metadata,
      annotations: { ...annotations, ...more.annotations },
      labels: { ...labels, ...more.labels },
    };
    const next = { ...object, metadata, data: { ...object.data, ...data } };
    try {
      object = await replaced(next);
    } catch (error) {
      failed = new JournalFailed(`${object.metadata.name} in ${object.metadata.namespace}`, error);
      throw failed;
    }
  }

  async function replaced(next: SecretObject): Promise<SecretObject> {
    try {
      return await api.call<SecretObject>(path, { method: 'PUT', body: next });
    } catch (error) {
      // The answer to a write may be lost, and the write itself not: then the object is what was to be written.
      const now = await read<SecretObject>(api, path);
      if (now && JSON.stringify(now.data) === JSON.stringify(next.data)) return now;
      throw error;
    }
  }

  // Nobody else can have a new one open.
  if (!made) await write({}, { annotations: { [labelOf.openedAt]: clock.now().toISOString() + Math.random() } });
  return {
    runId,
    records,
    evidenceDir,
    shutsOut: true,

    async append(...entries: readonly RunEntry[]) {
      const after = { seq: records.length, at: clock.now().toISOString(), prev };
      const written = encodeRecords(entries, after);
      const end = entries.find(({ kind }) => kind === 'run-ended');
      const labels = end?.kind === 'run-ended' ? { [labelOf.state]: end.state } : {};
      await write({ [journalKey]: encoded(text + written.text) }, { labels });
      text += written.text;
      prev = written.hash;
      records.push(...written.records);
    },

    async saveEvidence(step, evidence) {
      const name = `${String(records.length).padStart(3, '0')}-${step}.json`;
      const json = `${JSON.stringify(evidence, null, 2)}\n`;
      const file = join(evidenceDir, name);
      await replaceDurably(file, json);
      await write({ [`${evidencePrefix}${name}`]: encoded(json.slice(0, longestEvidenceBytes)) });
      return file;
    },

    close: async () => {},
  };
}

function unknownRun(target: Target, runId: string): Failure {
  const name = JSON.stringify(runId.slice(0, 80));
  return new Failure(`read run ${name} of ${targetLabel(target)}`, 'there is no such run', {
    hint: '`railiance history` lists the runs',
    exitCode: exitCodes.invalidInput,
  });
}

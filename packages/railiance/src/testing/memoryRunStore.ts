import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { RunEntry, RunRecord } from '../domain/runRecord.ts';
import type { Evidence } from '../domain/verdict.ts';
import { JournalFailed } from '../pipeline/journalFailed.ts';
import { numberOfRun } from '../pipeline/runId.ts';
import type { Journal, RunStore } from '../pipeline/runStore.ts';

interface Kept {
  readonly records: RunRecord[];
  readonly evidence: Map<string, Evidence>;
  /** Counts who opened the journal: only the last may write. */
  opened: number;
}

export interface MemoryRunStore extends RunStore {
  evidenceOf(target: Target, runId: string): ReadonlyMap<string, Evidence>;
}

/** Runs without a disk; passes the same contract as the file store. */
export function createMemoryRunStore({ clock }: { readonly clock: Clock }): MemoryRunStore {
  const targets = new Map<string, Map<string, Kept>>();
  const runsOf = (target: Target) => {
    const runs = targets.get(targetLabel(target)) ?? new Map<string, Kept>();
    targets.set(targetLabel(target), runs);
    return runs;
  };
  const find = (target: Target, runId: string) => {
    const kept = runsOf(target).get(runId);
    if (!kept) throw new Failure(`read run ${runId} of ${targetLabel(target)}`, 'there is no such run');
    return kept;
  };
  const record = (entry: RunEntry, seq: number) =>
    JSON.parse(JSON.stringify({ ...entry, seq, at: clock.now().toISOString() })) as RunRecord;

  function journal(runId: string, kept: Kept): Journal {
    const turn = ++kept.opened;
    const records = [...kept.records];
    return {
      runId,
      records,
      evidenceDir: `/memory/${runId}`,
      async append(...entries) {
        const next = entries.map((entry, index) => record(entry, records.length + 1 + index));
        records.push(...next);
        if (turn === kept.opened) kept.records.push(...next);
      },
      async saveEvidence(step, evidence) {
        const path = `/memory/${runId}/${records.length}-${step}.json`;
        kept.evidence.set(path, evidence);
        return path;
      },
      close: async () => {},
    };
  }

  return {
    async create(target, runId, first) {
      if (runsOf(target).has(runId)) throw new JournalFailed(runId, new Error('there is such a run already'));
      const kept: Kept = { records: [record(first, 1)], evidence: new Map(), opened: 0 };
      runsOf(target).set(runId, kept);
      return journal(runId, kept);
    },
    open: async (target, runId) => journal(runId, find(target, runId)),
    read: async (target, runId) => [...find(target, runId).records],
    list: async (target) => [...runsOf(target).keys()].sort((a, b) => numberOfRun(b) - numberOfRun(a)),
    evidenceOf: (target, runId) => find(target, runId).evidence,
  };
}

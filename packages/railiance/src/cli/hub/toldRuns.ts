import type { Target } from '../../domain/name.ts';
import type { OwedRun } from '../../events/outbox/outbox.ts';
import type { ProcessIdentity } from '../../exec/processIdentity.ts';
import type { Journal, RunStore } from '../../pipeline/runStore.ts';

export interface Teller {
  /** Puts a run on the list of what is owed to a hub, and sees to it that somebody sends. */
  owe(run: Omit<OwedRun, 'delivered' | 'since' | 'at'>): Promise<void>;
  /** Tells the sender that a run has gone on. */
  nudge(run: Target & { readonly runId: string }): void;
  readonly writer: ProcessIdentity;
  readonly warn: (words: string) => void;
}

/**
 * A run store whose runs are told to a hub. What goes wrong with the telling is a warning and nothing else: a run must
 * never fail, or wait, for a hub.
 */
export function toldRuns(runs: RunStore, { owe, nudge, writer, warn }: Teller): RunStore {
  const owing = async (target: Target, runId: string) => {
    await owe({ ...target, runId, writer }).catch((error: Error) => warn(`the hub will not be told: ${error.message}`));
  };
  const told = (target: Target, journal: Journal): Journal => {
    const run = { ...target, runId: journal.runId };
    nudge(run);
    return {
      runId: journal.runId,
      evidenceDir: journal.evidenceDir,
      ...(journal.shutsOut && { shutsOut: journal.shutsOut }),
      ...(journal.setAside !== undefined && { setAside: journal.setAside }),
      get records() {
        return journal.records;
      },
      async append(...entries) {
        await journal.append(...entries);
        nudge(run);
      },
      saveEvidence: (step, evidence) => journal.saveEvidence(step, evidence),
      close: () => journal.close(),
    };
  };
  return {
    // Before the journal is begun: a run that is on the list and does not exist is struck off, one that is missing stays unknown.
    async create(target, runId, first) {
      await owing(target, runId);
      return told(target, await runs.create(target, runId, first));
    },
    async open(target, runId) {
      await owing(target, runId);
      return told(target, await runs.open(target, runId));
    },
    read: (target, runId) => runs.read(target, runId),
    list: (target) => runs.list(target),
  };
}

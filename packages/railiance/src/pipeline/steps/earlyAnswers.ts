import { canonicalJson } from '../../config/canonical.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import type { GateCheck, GateQuestion } from '../stepPorts.ts';

/** What checks are going to say that were begun before the gate, by their names. */
type Answers = ReadonlyMap<GateCheck['name'], Promise<CheckResult>>;

/** Kept for the gate of the same run, where it asks the very same question. */
export interface EarlyAnswers {
  keep(runId: string, question: GateQuestion, begun: Promise<Answers>): void;
  /** None where they could not be begun. */
  of(runId: string, question: GateQuestion): Promise<Answers>;
}

export function createEarlyAnswers(): EarlyAnswers {
  const kept = new Map<string, Promise<Answers>>();
  const keyOf = (...asked: readonly unknown[]) => canonicalJson(asked);
  const none: Answers = new Map();
  return {
    keep: (runId, question, begun) => void kept.set(keyOf(runId, question), begun),
    of: async (runId, question) => (await kept.get(keyOf(runId, question))?.catch(() => none)) ?? none,
  };
}

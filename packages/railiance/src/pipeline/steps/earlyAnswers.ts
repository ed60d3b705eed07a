import { canonicalJson } from '../../config/canonical.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import type { GateCheck, GateQuestion } from '../stepPorts.ts';
import { createMadeAhead } from './madeAhead.ts';

/** What checks are going to say that were begun before the gate, by their names. */
type Answers = ReadonlyMap<GateCheck['name'], Promise<CheckResult>>;

interface Begun {
  readonly question: GateQuestion;
  readonly answers: Answers;
}

/** Kept for the gate of the same run, where it asks the very same question. */
export interface EarlyAnswers {
  /** @param begun undefined where there was nothing to begin with */
  keep(runId: string, begun: Promise<Begun | undefined>): void;
  /** None where they could not be begun. Waits until that is known. */
  of(runId: string, question: GateQuestion): Promise<Answers>;
}

export function createEarlyAnswers(): EarlyAnswers {
  const { keep, take } = createMadeAhead<Begun | undefined>();
  return {
    keep,
    async of(runId, question) {
      const begun = await take(runId);
      const isSame = begun && canonicalJson(begun.question) === canonicalJson(question);
      return isSame ? begun.answers : new Map();
    },
  };
}

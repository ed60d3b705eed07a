import type { PlannedStep } from '../../domain/plan.ts';
import type { RunRecord } from '../../domain/runRecord.ts';
import { cdEvent } from '../cdEvent.ts';
import { plainText, type Told } from '../cloudEvent.ts';
import { checksIn, excerptOf } from '../evidence.ts';
import type { RunSoFar, Surroundings } from '../runEvents.ts';
import { artifactFacts } from './artifact.ts';

/**
 * Steps that ask checks of what is deployed; a hub takes the suite `gate` for a GO or NO-GO. The look at the old release
 * after an undo is none of them: it says nothing of what was to be deployed.
 */
const asking = new Set(['gate', 'smoke']);

export function checksStarted(run: RunSoFar, step: PlannedStep): readonly Told[] {
  if (!asking.has(step.uses)) return [];
  return [
    cdEvent('testSuiteRun.started', {
      subjectId: `${run.runId}/${step.id}`,
      summary: step.title,
      content: { environment: { id: run.plan.stage }, testSuite: suiteOf(step) },
      customData: { app: run.plan.app, suite: step.id, ...artifactFacts(run) },
    }),
  ];
}

export function checksEnded(
  run: RunSoFar,
  step: PlannedStep,
  { outcome, durationMs }: Extract<RunRecord, { kind: 'step-outcome' }>,
  { evidence }: Surroundings,
): readonly Told[] {
  if (!asking.has(step.uses) || outcome.status === 'skipped') return [];
  const passed = outcome.status === 'succeeded';
  const words = plainText(passed ? outcome.observed : outcome.cause.summary, 2_000);
  const excerpt = passed ? undefined : excerptOf(evidence.get(outcome.evidenceFile));
  return [
    cdEvent('testSuiteRun.finished', {
      subjectId: `${run.runId}/${step.id}`,
      summary: `${step.title}: ${words}`,
      content: {
        outcome: passed ? 'pass' : outcome.status === 'failed' ? 'fail' : 'error',
        reason: passed ? undefined : words,
        environment: { id: run.plan.stage },
        testSuite: suiteOf(step),
      },
      customData: {
        app: run.plan.app,
        suite: step.id,
        duration_ms: durationMs,
        ...artifactFacts(run),
        checks: outcome.checks && checksIn(outcome.checks),
        evidence: excerpt,
      },
    }),
  ];
}

function suiteOf({ id }: PlannedStep): { readonly id: string; readonly name: string } {
  return { id, name: id };
}

import type { RunRecord } from '../../domain/runRecord.ts';
import { cdEvent } from '../cdEvent.ts';
import { plainText, type Told } from '../cloudEvent.ts';
import { excerptOf } from '../evidence.ts';
import type { RunSoFar, Surroundings } from '../runEvents.ts';
import { artifactFacts, purlOf } from './artifact.ts';

type Ended = Extract<RunRecord, { kind: 'run-ended' }>;

const longestWords = 2_000;

export function runStarted({ runId, plan }: RunSoFar): readonly Told[] {
  const { command, app, stage } = plan;
  return [
    cdEvent('pipelineRun.started', {
      subjectId: runId,
      summary: `${command} ${app} → ${stage}`,
      content: { pipelineName: command },
      customData: { app, stage, command },
    }),
  ];
}

/** CDEvents have no word for a run that another process takes over. */
export function runContinued({ runId, plan, actor }: RunSoFar, how: 'resume' | 'abandon' | 'recover'): readonly Told[] {
  const words = { resume: 'goes on with', abandon: 'takes back', recover: 'finishes' }[how];
  const summary = `${actor} ${words} ${plan.command} ${runId}, which was cut off`;
  return [{ type: 'dev.railiance.run.continued', subjectId: runId, summary, data: () => ({ run: runId, how, actor }) }];
}

/** How it ended; and what a person must put right, or what was put right by it. */
export function runEnded(run: RunSoFar, end: Ended, { evidence, unsettled }: Surroundings): readonly Told[] {
  const { runId, plan, failure, evidenceFile, startedAt } = run;
  const { app, stage, command } = plan;
  const cause = failure && plainText(failure.cause.summary, longestWords);
  const isFailure = end.state !== 'succeeded';
  const finished = cdEvent('pipelineRun.finished', {
    subjectId: runId,
    summary: `${command} ${app} → ${stage} ${isFailure ? `failed: ${cause ?? end.detail}` : 'succeeded'}`,
    content: {
      pipelineName: command,
      outcome: outcomeOf(run, end),
      errors: isFailure ? (cause ?? end.detail) : undefined,
    },
    customData: {
      ...{ app, stage, command, detail: plainText(end.detail, longestWords) },
      status: statuses[end.state],
      duration_ms: Math.max(0, Date.parse(end.at) - Date.parse(startedAt)),
      // What never reached the stage says nothing about it: a deployment is told only where it was begun.
      ...(isFailure && run.touched && artifactFacts(run)),
      cause: failure?.cause.name,
      step: failure?.step,
      evidence: isFailure && evidenceFile !== undefined ? excerptOf(evidence.get(evidenceFile)) : undefined,
    },
  });
  if (end.state === 'needs-person') return [finished, incident(run, end)];
  if (end.state === 'succeeded' && unsettled && command !== 'run') return [finished, settled(run, unsettled)];
  return [finished];
}

const statuses = { succeeded: 'succeeded', 'rolled-back': 'rolled_back', 'needs-person': 'needs_person' } as const;

/** Who was stopped, by a gate or by a person, did not fail: `cancel`. */
function outcomeOf({ failure }: RunSoFar, { state }: Ended): 'success' | 'failure' | 'error' | 'cancel' {
  if (state === 'succeeded') return 'success';
  if (state === 'needs-person') return 'error';
  return failure?.cause.name === 'gate' || failure?.cause.name === 'interrupted' ? 'cancel' : 'failure';
}

function incident({ runId, plan, failure, artifact }: RunSoFar, { detail }: Ended): Told {
  const { app, stage } = plan;
  return cdEvent('incident.detected', {
    subjectId: runId,
    summary: `${app} on ${stage} needs a person: ${detail}`,
    content: {
      description: plainText(detail, longestWords),
      environment: { id: stage },
      service: { id: app },
      artifactId: artifact && purlOf(artifact),
    },
    customData: { app, stage, cause: failure?.cause.name },
  });
}

function settled({ plan, runId }: RunSoFar, before: NonNullable<Surroundings['unsettled']>): Told {
  const { app, stage, command } = plan;
  const cause = plainText(before.detail, longestWords);
  return cdEvent('incident.resolved', {
    subjectId: before.runId,
    summary: `${app} on ${stage} is settled by ${command} ${runId}`,
    content: { description: cause, environment: { id: stage }, service: { id: app } },
    customData: { app, stage, cause, lesson: `${command} settled: ${cause}` },
  });
}

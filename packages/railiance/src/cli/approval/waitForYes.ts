import { setTimeout as wait } from 'node:timers/promises';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import type { HubApproval } from '../../events/hub/hubApprovals.ts';
import type { Surroundings } from '../carryOut.ts';
import type { Toolbox } from '../compose.ts';
import { bold } from '../output/text.ts';
import type { Output } from '../output.ts';
import { type Asked, refused } from './ensureApproved.ts';
import type { HubQuestion } from './hubQuestion.ts';

/**
 * Waits until somebody says yes: in the hub, whose stream is followed, or by `railiance approve` with the stage. No lease is
 * held meanwhile.
 * @throws Failure (refused) for a no, and when the time is over; the reason of an aborted signal
 */
export async function waitForYes(
  asked: Asked,
  waitMs: number,
  { output, signal }: Pick<Surroundings, 'output' | 'signal'>,
  { approvals: store }: Toolbox,
): Promise<void> {
  const { question, artifact, hub, approvals } = asked;
  const { app, stage } = question.target;
  const where = hub?.link ?? `railiance approve ${app} --stage ${stage} --digest ${question.digest}`;
  output.note([bold('waiting for a yes'), ': ', where]);
  const view = output.run(`${app} ${artifact.revision.tag} → ${stage}`);
  view.start('approval', 'Wait for a yes');
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  try {
    const answer = await Promise.race([
      givenHere(asked, store, until),
      ...(hub ? [answerOf(hub, until, output)] : []),
      wait(waitMs, undefined, { signal: until }),
    ]);
    const now = await approvals.check(question);
    if (now.verdict === 'pass') {
      view.finish('approval', 'done', now.summary);
      if (hub && answer && 'verdict' in answer) await hub.withdraw();
      return;
    }
    const words = answer && 'status' in answer ? noOf(answer) : now.summary;
    view.finish('approval', 'failed', words);
    throw answer ? said(asked, words) : refused(asked, now);
  } finally {
    over.abort();
    view.close();
  }
}

/** Resolves when a yes stands with the stage, whoever put it there. */
async function givenHere({ question, approvals }: Asked, store: Toolbox['approvals'], signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<CheckResult>();
  const look = () => {
    approvals.check(question).then((result) => result.verdict === 'pass' && resolve(result), reject);
  };
  await store.watch(question.target, look, signal);
  look();
  return await promise;
}

/** A hub that goes wrong for good is said so; a yes can still be given here. */
async function answerOf(hub: HubQuestion, signal: AbortSignal, output: Output): Promise<HubApproval> {
  try {
    return await hub.answer(signal);
  } catch (error) {
    signal.throwIfAborted();
    output.warn(`the answer in the hub will not be heard: ${problemOf(error)}`);
    return await new Promise<never>(() => {});
  }
}

function noOf({ status, decided_by: by, comment }: HubApproval): string {
  const words = comment === null ? '' : `: ${comment}`;
  return status === 'rejected' ? `${by} said no${words}` : `the question was ${status}${words}`;
}

function said({ question: { target }, artifact }: Asked, words: string): Failure {
  return new Failure(`put ${artifact.revision.tag} on ${target.app}@${target.stage}`, words, {
    hint: 'the same command asks again',
    exitCode: exitCodes.refused,
  });
}

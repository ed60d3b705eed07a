import type { SmokeSpec } from '../domain/app.ts';
import { type CheckContext, defineCheck, type SmokeCheck } from './check.ts';
import { judge } from './expectation.ts';
import { askOnce } from './httpRequest.ts';
import { noAnswer } from './noAnswer.ts';
import { questionOf } from './question.ts';
import { type Attempt, smokeResult } from './smokeResult.ts';
import { visitAfter } from './visits.ts';

/**
 * Asks the running release through its route, `passes` times in a row, each on a new connection. The first answer that
 * is not as expected decides. `unknown` where it could not ask or compare: stopped, a secret missing, a pattern without
 * an end. A route that refuses the connection is a `fail`: that is how a dead release looks.
 */
export const smokeCheck: SmokeCheck = defineCheck<SmokeSpec>({
  name: 'smoke',
  async run(spec, context) {
    const started = performance.now();
    let made = 0;
    let attempt: Attempt;
    do {
      attempt = await tryOnce(spec, context);
      if (attempt.verdict === 'pass') made++;
    } while (attempt.verdict === 'pass' && made < spec.passes);
    return smokeResult(spec, context, attempt, { made, durationMs: Math.round(performance.now() - started) });
  },
});

async function tryOnce(spec: SmokeSpec, context: CheckContext): Promise<Attempt> {
  const question = questionOf(spec, context);
  if ('missing' in question) {
    const hint = `add ${question.missing} to [secrets], or correct the reference to it`;
    return { verdict: 'unknown', problem: `was not asked: there is no secret ${question.missing}`, hint };
  }
  try {
    const answer = await askOnce(question);
    const attempt = { ...judge(spec, answer, context.redact), answer };
    return attempt.verdict === 'pass' && spec.visit ? await visitAfter(spec.visit, attempt, question) : attempt;
  } catch (error) {
    return noAnswer(error, question);
  }
}

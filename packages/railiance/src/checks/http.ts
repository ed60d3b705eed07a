import type { SmokeSpec } from '../domain/app.ts';
import { problemOf } from '../domain/failure.ts';
import { type CheckContext, defineCheck, type SmokeCheck } from './check.ts';
import { type Judgement, judge } from './expectation.ts';
import { AnswerTimeout, askOnce } from './httpRequest.ts';
import { type Attempt, smokeResult } from './smokeResult.ts';

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
  const filled = fillIn(spec.headers, context);
  if ('missing' in filled) {
    const hint = `add ${filled.missing} to [secrets], or correct the header`;
    return { verdict: 'unknown', problem: `was not asked: there is no secret ${filled.missing}`, hint };
  }
  try {
    const answer = await askOnce({
      ...context.route,
      method: spec.method,
      path: spec.path,
      headers: filled.headers,
      ...(spec.body === undefined ? {} : { body: spec.body }),
      timeoutMs: spec.expect.withinMs,
      signal: context.signal,
    });
    return { ...judge(spec, answer, context.redact), answer };
  } catch (error) {
    return noAnswer(error, spec, context);
  }
}

/** A header may refer to secrets as `${NAME}`. */
function fillIn(
  headers: SmokeSpec['headers'],
  context: CheckContext,
): { readonly headers: Record<string, string> } | { readonly missing: string } {
  let missing: string | undefined;
  const fill = (_: string, name: string) => {
    const value = context.secret(name);
    if (value === undefined) missing ??= name;
    return value ?? '';
  };
  const filled = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(/\$\{([A-Za-z_]\w*)\}/g, fill)]),
  );
  return missing === undefined ? { headers: filled } : { missing };
}

function noAnswer(error: unknown, spec: SmokeSpec, { route, signal }: CheckContext): Judgement {
  if (signal.aborted) return { verdict: 'unknown', problem: 'was stopped before the answer came' };
  if (error instanceof AnswerTimeout) {
    const what = error.status === undefined ? 'did not answer' : `answered ${error.status}, but did not end its body`;
    return { verdict: 'fail', problem: `${what} within ${spec.expect.withinMs} ms` };
  }
  const where = `${route.connect.host}:${route.connect.port}`;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return { verdict: 'fail', problem: `found nothing listening at ${where}` };
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { verdict: 'fail', problem: `was cut off by ${where} before the answer was complete` };
  }
  // Faults of the connection and of the answer have a system call or an HTTP parser's code; others are ours.
  const isTheirs = syscall !== undefined || code?.startsWith('HPE_');
  return { verdict: isTheirs ? 'fail' : 'unknown', problem: `could not be asked at ${where}: ${problemOf(error)}` };
}

import type { SmokeSpec } from '../domain/app.ts';
import type { CheckResult } from '../domain/verdict.ts';
import type { CheckContext } from './check.ts';
import type { Judgement } from './expectation.ts';
import type { HttpAnswer } from './httpRequest.ts';

/** One question and what came of it. */
export type Attempt = Judgement & { readonly answer?: HttpAnswer; readonly hint?: string; readonly visited?: number };

const shownCharacters = 2048;

/** The line for a person and the evidence, with secrets removed: of the last attempt, which decided. */
export function smokeResult(
  spec: SmokeSpec,
  { route, redact }: CheckContext,
  attempt: Attempt,
  { made, durationMs }: { readonly made: number; readonly durationMs: number },
): CheckResult {
  return {
    name: spec.name,
    verdict: attempt.verdict,
    summary: redact(
      `${spec.method} ${spec.path} ${attempt.verdict === 'pass' ? passed(attempt, made) : attempt.problem}`,
    ),
    ...(attempt.hint === undefined ? {} : { hint: attempt.hint }),
    evidence: {
      request: {
        method: spec.method,
        url: redact(`${route.url.replace(/\/$/, '')}${spec.path}`),
        connect: `${route.connect.host}:${route.connect.port}`,
        // As written in app.toml: references to secrets, not their values.
        headers: redactValues(spec.headers, redact),
        ...(spec.body === undefined ? {} : { bodyBytes: Buffer.byteLength(spec.body) }),
        ...(spec.form === undefined ? {} : { form: redactValues(spec.form, redact) }),
        ...(spec.visit === undefined ? {} : { visit: spec.visit }),
      },
      ...(attempt.answer ? { answer: answerEvidence(attempt.answer, redact) } : {}),
      passes: { wanted: spec.passes, made },
    },
    durationMs,
  };
}

function passed({ answer, visited }: Attempt, made: number): string {
  const more = visited === undefined ? '' : `, and then ${visited} pages answered 200`;
  return `answered ${answer?.status} in ${answer?.durationMs} ms${more}${made > 1 ? `, ${made} times in a row` : ''}`;
}

function answerEvidence(answer: HttpAnswer, redact: CheckContext['redact']) {
  const { 'set-cookie': cookie, ...headers } = answer.headers;
  return {
    status: answer.status,
    headers: { ...redactValues(headers, redact), ...(cookie === undefined ? {} : { 'set-cookie': '[hidden]' }) },
    // Redacted before it is cut: half a secret is not found.
    body: redact(answer.body).slice(0, shownCharacters),
    truncated: answer.truncated,
    durationMs: answer.durationMs,
  };
}

function redactValues(headers: Readonly<Record<string, string>>, redact: CheckContext['redact']) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(value)]));
}

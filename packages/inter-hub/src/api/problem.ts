import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer in the form of RFC 9457; thrown anywhere below a route. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ContentfulStatusCode;
  /** Short name for programs: `invalid_body`, `wrong_scope`. */
  readonly error: string;
  /** What to do about it. */
  readonly help: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    error: string,
    detail: string,
    help: string,
    { extra = {}, headers = {} }: { extra?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.status = status;
    this.error = error;
    this.help = help;
    this.extra = extra;
    this.headers = headers;
  }
}

export function problemResponse(problem: Problem, requestId: string): Response {
  const body = {
    type: `/docs#${problem.error}`,
    title: problem.error.replaceAll('_', ' '),
    status: problem.status,
    detail: problem.message,
    instance: `urn:uuid:${requestId}`,
    error: problem.error,
    help: problem.help,
    ...problem.extra,
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...problem.headers },
  });
}

/** The driver's own errors have no code. */
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying)/;

const byCode: Readonly<Record<string, readonly [ContentfulStatusCode, string, string, string]>> = {
  '23001': [409, 'immutable', 'This record cannot change any more.', 'Add a new record instead.'],
  '23502': [422, 'invalid_body', 'A needed value is missing.', 'See the schema in /docs.'],
  '23503': [422, 'unknown_reference', 'A record it refers to does not exist.', 'Create that record first.'],
  '23505': [409, 'already_exists', 'Such a record exists already.', 'Read the existing record.'],
  '23514': [422, 'invalid_body', 'A value is outside what is allowed.', 'See the schema in /docs.'],
};

/** What a database error means to a client; undefined where it is the hub's own fault. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== 'string') return lostConnection.test(String(message)) ? unavailable() : undefined;
  const known = byCode[code];
  if (known) return new Problem(...known);
  // Class 22: text that PostgreSQL cannot hold (NUL, half a surrogate pair), a number or date out of its range.
  if (/^22/.test(code)) {
    return new Problem(422, 'invalid_value', 'A value cannot be stored.', 'Leave out NUL and half surrogate pairs.');
  }
  if (/^(08|53|57|ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN)/.test(code)) return unavailable();
  return undefined;
}

export function unavailable(): Problem {
  return new Problem(503, 'unavailable', 'The database does not answer.', 'Nothing was stored: send it again.', {
    headers: { 'Retry-After': '2' },
  });
}

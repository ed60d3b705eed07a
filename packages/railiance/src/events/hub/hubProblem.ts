/** What a hub's no means for whoever sent: send it again, send it otherwise, or ask a person. */
export type Remedy = 'wait' | 'split' | 'person';

/** A hub that could not be asked, or said no. */
export class HubProblem extends Error {
  override readonly name = 'HubProblem';
  readonly remedy: Remedy;
  /** How long it asked to be left alone, at most five minutes. */
  readonly afterMs: number | undefined;

  constructor(problem: string, remedy: Remedy, afterMs?: number) {
    super(problem);
    this.remedy = remedy;
    this.afterMs = afterMs;
  }
}

const longestPauseMs = 5 * 60_000;

/** Reads an answer that is not a 2xx: `application/problem+json` where the hub gives it (RFC 9457). */
export function problemIn(
  status: number,
  headers: NodeJS.Dict<string | string[]>,
  body: string,
  now: Date,
): HubProblem {
  const words = `the hub answered ${status}${detailOf(body)}`;
  if (status >= 300 && status < 400) {
    return new HubProblem(`the hub leads to ${String(headers.location ?? 'another place').slice(0, 200)}`, 'person');
  }
  // Only a hub's own words say that an event is at fault: what else answers there must not make us drop events.
  const isHub = String(headers['content-type']).startsWith('application/problem+json');
  if (isHub && [400, 413, 422].includes(status)) return new HubProblem(words, 'split');
  if (status === 429 || status >= 500) return new HubProblem(words, 'wait', pauseMs(headers['retry-after'], now));
  return new HubProblem(words, 'person');
}

function detailOf(body: string): string {
  try {
    const { detail, title } = JSON.parse(body) as { detail?: unknown; title?: unknown };
    const said = typeof detail === 'string' ? detail : title;
    return typeof said === 'string' ? `: ${said.slice(0, 300)}` : '';
  } catch {
    return '';
  }
}

/** Retry-After in seconds or as a date; nonsense counts as not said. */
function pauseMs(header: string | string[] | undefined, now: Date): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, longestPauseMs) : undefined;
}

/** The words of an error below HTTP. */
export function unreachable(error: unknown): HubProblem {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return new HubProblem('the hub did not answer in time', 'wait');
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nobody listens there',
    ENOTFOUND: 'its name is not known',
    ECONNRESET: 'it hung up',
  };
  return new HubProblem(`the hub cannot be reached: ${known[code ?? ''] ?? code ?? message}`, 'wait');
}

import type { SmokeSpec } from '../domain/app.ts';
import type { CheckContext } from './check.ts';
import type { HttpAnswer } from './httpRequest.ts';
import { type Match, matchText } from './pattern.ts';

/** What an answer had wrong, as words that follow `GET /`; `unknown` where that could not be told. */
export type Judgement =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'fail' | 'unknown'; readonly problem: string };

const shownCharacters = 80;

/** Compares an answer with what was expected. Without an expected status, anything below 500 is one. */
export function judge({ expect }: SmokeSpec, answer: HttpAnswer, redact: CheckContext['redact']): Judgement {
  if (expect.status === undefined ? answer.status >= 500 : answer.status !== expect.status) {
    return fail(`answered ${answer.status}, expected ${expect.status ?? 'below 500'}`);
  }
  for (const [name, expected] of Object.entries(expect.header)) {
    const value = answer.headers[name.toLowerCase()];
    if (value === undefined) return fail(`answered ${answer.status} without the header ${name}`);
    // Cookies are credentials of whoever holds them.
    const shown = name.toLowerCase() === 'set-cookie' ? name : `${name}: ${quote(redact(value))}`;
    const wrong = unlessFound(matchText(expected, value), `the header ${shown} does not have`, expected);
    if (wrong) return wrong;
  }
  if (expect.body !== undefined) {
    const where = answer.truncated ? 'the first 1 MiB of its body' : 'its body';
    const wrong = unlessFound(matchText(expect.body, answer.body), `${where} does not have`, expect.body);
    if (wrong) return wrong;
  }
  return { verdict: 'pass' };
}

function unlessFound(match: Match, problem: string, expected: string): Judgement | undefined {
  if (match === 'found') return undefined;
  if (match === 'missing') return fail(`answered, but ${problem} ${quote(expected)}`);
  return { verdict: 'unknown', problem: `answered, but could not be compared: ${match.undecided}` };
}

function fail(problem: string): Judgement {
  return { verdict: 'fail', problem };
}

function quote(text: string): string {
  return JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);
}

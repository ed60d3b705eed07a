import { Failure, problemOf } from '../domain/failure.ts';
import type { CheckResult } from '../domain/verdict.ts';

/** What a check saw, before it is named and timed. */
export type Seen = Omit<CheckResult, 'name' | 'durationMs'>;

/** Times a look, and says `unknown` where it breaks: a check never throws. */
export async function look(name: string, ask: () => Promise<Seen>): Promise<CheckResult> {
  const started = performance.now();
  const seen = await ask().catch((error: unknown): Seen => {
    const hint = error instanceof Failure ? error.hint : undefined;
    const summary = oneLine(problemOf(error));
    return { verdict: 'unknown', summary: `could not be asked: ${summary}`, ...(hint !== undefined && { hint }) };
  });
  return { name, ...seen, durationMs: Math.round(performance.now() - started) };
}

/** At most 300 characters of what a program or a server said. */
export function oneLine(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  return words.length > 300 ? `${words.slice(0, 299)}…` : words;
}

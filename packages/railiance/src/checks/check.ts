import type { SmokeSpec } from '../domain/app.ts';
import type { CheckResult } from '../domain/verdict.ts';

/** What a check may look at. A check changes nothing but what its own request writes. */
export interface CheckContext {
  /** Route to ask through: base URL, and the address to connect to. */
  readonly route: { readonly url: string; readonly connect: { readonly host: string; readonly port: number } };
  readonly signal: AbortSignal;
  /** Removes secret values from a text before it becomes evidence. */
  readonly redact: (text: string) => string;
  /** Value of a secret that a header refers to as `${NAME}`; undefined where there is none. */
  readonly secret: (name: string) => string | undefined;
}

/** A question with a verdict and evidence; the same checks serve the gate and the smoke test. Never throws. */
export interface Check<Input> {
  readonly name: string;
  run(input: Input, context: CheckContext): Promise<CheckResult>;
}

export type SmokeCheck = Check<SmokeSpec>;

export function defineCheck<Input>(check: Check<Input>): Check<Input> {
  return check;
}

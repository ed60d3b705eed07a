/** `unknown` is neither: the check could not tell. Nothing passes on `unknown`. */
export type Verdict = 'pass' | 'fail' | 'unknown';

/** What a check saw: one line for a person, and the details as JSON, secrets removed. */
export interface CheckResult {
  readonly name: string;
  readonly verdict: Verdict;
  /** One line: what was observed. */
  readonly summary: string;
  /** The next command or edit that helps, where the verdict is not `pass`. */
  readonly hint?: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
  readonly durationMs: number;
}

/** One named cause of a failure. */
export const causes = [
  'build',
  'image',
  'push',
  'gate',
  'secret-missing',
  'database',
  'migration',
  'crash',
  'out-of-memory',
  'ignores-port',
  'unclean-exit',
  'never-ready',
  'unschedulable',
  'volume',
  'quota',
  'forbidden',
  'smoke',
  'engine',
  'lease-lost',
  'interrupted',
  'internal',
] as const;

export type CauseName = (typeof causes)[number];

/** The one cause of a failed run, in words a tired person understands at once. */
export interface Cause {
  readonly name: CauseName;
  readonly summary: string;
  readonly hint?: string;
}

/** What was saved before anything was undone. Secrets are already removed. */
export interface Evidence {
  readonly logs?: readonly string[];
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

import { createRedactor } from '../exec/redact.ts';

export interface Leak {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Values as short as a word or a port stand in many places without being a leak. */
const shortestLooked = 8;

/**
 * Looks for secret values in texts, as they are and in the encodings that redaction knows. A leak is a place; the value
 * is not in it.
 */
export function createLeakFinder(values: Iterable<string>): (file: string, text: string) => readonly Leak[] {
  const redact = createRedactor([...values].filter((value) => value.length >= shortestLooked));
  return (file, text) => {
    if (redact.longest === 0 || redact(text) === text) return [];
    const leaks = text.split('\n').flatMap((line, index) => (redact(line) === line ? [] : [{ file, line: index + 1 }]));
    // A value of several lines is in no single one of them.
    return leaks.length > 0 ? leaks : [{ file, line: 1 }];
  };
}

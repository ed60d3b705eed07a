import { runInNewContext } from 'node:vm';

/** Longest time one pattern may take; ordinary ones need a few milliseconds for 1 MiB. */
const limitMs = 250;

export type Match = 'found' | 'missing' | { readonly undecided: string };

/**
 * Looks for `expected` in `text`: as it is, or as a regular expression where it is written `/…/`.
 *
 * A pattern such as `(a+)+$` can take longer than any deploy on a text that the app chooses. JavaScript cannot interrupt
 * a running expression, but V8 can stop a whole script: so the pattern runs as a script with a time limit, on a text
 * that is already bounded. A worker would spare the event loop these 250 ms at most, for a file and a thread more.
 */
export function matchText(expected: string, text: string): Match {
  const source = patternOf(expected);
  if (source === undefined) return text.includes(expected) ? 'found' : 'missing';
  try {
    const found = runInNewContext('new RegExp(source).test(text)', { source, text }, { timeout: limitMs }) as boolean;
    return found ? 'found' : 'missing';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { undecided: message };
    return { undecided: `the pattern ${expected} took longer than ${limitMs} ms on ${text.length} characters` };
  }
}

function patternOf(expected: string): string | undefined {
  const isPattern = expected.length > 2 && expected.startsWith('/') && expected.endsWith('/');
  return isPattern ? expected.slice(1, -1) : undefined;
}

import { exitCodes, Failure } from '../domain/failure.ts';

/**
 * The words of a command as a shell would split them, for commands that stand in variables (`$EDITOR`,
 * `$SOPS_AGE_KEY_CMD`). Quotes and backslashes count; nothing is expanded, and no shell runs.
 * @throws Failure (invalid input) for a quote that is left open, or no word at all
 */
export function shellWords(command: string, variable: string): [string, ...string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < command.length; at += 1) {
    const character = command[at] ?? '';
    if (character === '\\' && quote !== "'") word = (word ?? '') + (command[++at] ?? '');
    else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  const [first, ...rest] = words;
  if (first !== undefined && first !== '' && quote === undefined) return [first, ...rest];
  throw new Failure(`read $${variable}`, quote === undefined ? 'it names no program' : 'a quote is left open', {
    hint: `set ${variable} to a program and its arguments`,
    exitCode: exitCodes.invalidInput,
  });
}

/** A command line that cannot be split, with the reason. */
export class WordsError extends Error {
  override readonly name = 'WordsError';
}

const operators = new Set('|&;<>()`$*?{}~#!'.split(''));

/**
 * Splits a command into words as a shell would, but expands nothing: blanks separate, quotes and backslashes hold
 * together. What a shell would act on must be quoted, so that nobody believes a shell is there.
 * @throws WordsError for an open quote, a bare operator, or no word at all
 */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(line, at);
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (character === '\\') {
      at += 1;
      if (at === line.length) throw new WordsError('ends in a backslash');
      word = (word ?? '') + line[at];
    } else if (operators.has(character) && !isPlain(line, at, word)) {
      throw new WordsError(`has a bare ${character} and no shell to act on it; quote it, or write ["sh", "-c", "…"]`);
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new WordsError('is empty');
  return words;
}

/** `#` and `~` mean something at the start of a word only; `{}` without a comma and a lone `!` inside mean nothing. */
function isPlain(line: string, at: number, word: string | undefined): boolean {
  const character = line[at];
  if (character === '#' || character === '~' || character === '!') return word !== undefined;
  return (character === '{' || character === '}') && !line.includes(',');
}

function readQuoted(line: string, start: number): { readonly text: string; readonly end: number } {
  const quote = line[start];
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const character = line[at];
    if (character === quote) return { text, end: at };
    if (quote === '"' && character === '\\' && '"\\$`'.includes(line[at + 1] ?? ' ')) at += 1;
    text += line[at];
  }
  throw new WordsError(`has an open ${quote}`);
}

import { firstWords, verbsOf } from './quoting.ts';
import type { CommandWords, Word } from './vocabulary.ts';

/** https://fishshell.com/docs/current/completions.html */
export function fishScript(commands: readonly CommandWords[]): string {
  const lines = firstWords(commands).flatMap((first) => {
    const own = commands.find(({ name }) => name === first);
    const verbs = verbsOf(first, commands);
    const summary = own?.summary ?? verbs.map(({ name }) => name.slice(first.length + 1)).join(', ');
    const seen = `__fish_seen_subcommand_from ${first}`;
    const verbNames = verbs.map(({ name }) => name.slice(first.length + 1));
    return [
      line('__fish_use_subcommand', `-a ${first}`, summary),
      ...(own ? commandLines(own, seen) : []),
      ...verbs.flatMap((verb) => {
        const word = verb.name.slice(first.length + 1);
        const unseen = `${seen}; and not __fish_seen_subcommand_from ${verbNames.join(' ')}`;
        return [
          line(unseen, `-a ${word}`, verb.summary),
          ...commandLines(verb, `${seen}; and __fish_seen_subcommand_from ${word}`),
        ];
      }),
    ];
  });
  return `# fish completion for railiance\ncomplete -c railiance -f\n${lines.join('\n')}\n`;
}

function commandLines({ options, values }: CommandWords, condition: string): string[] {
  const choices =
    values.length === 0 ? [] : [`complete -c railiance -n ${quoted(condition)} -a ${quoted(values.join(' '))}`];
  return [...choices, ...options.map((option) => optionLine(option, condition))];
}

function optionLine({ word, summary, takesValue, choices }: Word, condition: string): string {
  const value = takesValue ? ` -x${choices ? ` -a ${quoted(choices.join(' '))}` : ''}` : '';
  return line(condition, `-l ${word.slice(2)}${value}`, summary);
}

function line(condition: string, what: string, summary: string): string {
  return `complete -c railiance -n ${quoted(condition)} ${what} -d ${quoted(summary)}`;
}

/** In single quotes fish knows only \\\\ and \\'. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

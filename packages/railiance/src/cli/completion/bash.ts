import { firstWords, quoted, verbsOf } from './quoting.ts';
import type { CommandWords } from './vocabulary.ts';

/** https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html */
export function bashScript(commands: readonly CommandWords[]): string {
  const families = firstWords(commands).filter((first) => verbsOf(first, commands).length > 0);
  return `# bash completion for railiance
_railiance() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' words='' word
  local -a typed=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || typed+=("$word")
  done
  command=\${typed[0]-}
  case $command in
    ${families.length === 0 ? "''" : families.join('|')}) command="$command\${typed[1]:+ \${typed[1]}}" ;;
  esac
  case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case $command in
    '') words=${quoted(firstWords(commands).join(' '))} ;;
${families.map((first) => `    ${first}) words=${quoted(verbWords(first, commands))} ;;`).join('\n')}
${commands.map(wordCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _railiance railiance
`;
}

function verbWords(first: string, commands: readonly CommandWords[]): string {
  return verbsOf(first, commands)
    .map(({ name }) => name.slice(first.length + 1))
    .join(' ');
}

function wordCase({ name, options, values }: CommandWords): string {
  return `    ${quoted(name)}) words=${quoted([...values, ...options.map(({ word }) => word)].join(' '))} ;;`;
}

function valueCases({ name, options }: CommandWords): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ word, choices = [] }) => {
      const reply = `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$current"))`;
      return `    ${quoted(`${name} ${word}`)}) ${reply}; return ;;`;
    });
}

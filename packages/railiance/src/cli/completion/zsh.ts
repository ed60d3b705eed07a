import { firstWords, quoted, verbsOf } from './quoting.ts';
import type { CommandWords, Word } from './vocabulary.ts';

/** https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef railiance
_railiance() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
${firstWords(commands)
  .map((first) => `    ${described(first, summaryOf(first, commands))}`)
  .join('\n')}
  )
  _arguments -C '1: :->command' '*:: :->rest' && return
  if [[ $state == command ]]; then
    _describe command commands
    return
  fi
  case $words[1] in
${firstWords(commands)
  .map((first) => caseOf(first, commands))
  .join('\n')}
  esac
}
if [[ $funcstack[1] == _railiance ]]; then _railiance "$@"; else compdef _railiance railiance; fi
`;
}

function caseOf(first: string, commands: readonly CommandWords[]): string {
  const verbs = verbsOf(first, commands);
  const own = commands.find(({ name }) => name === first);
  if (verbs.length === 0) return `    ${first}) ${own ? argumentsOf(own) : ':'} ;;`;
  const names = verbs.map((verb) => described(verb.name.slice(first.length + 1), verb.summary)).join(' ');
  const cases = verbs.map((verb) => `        ${verb.name.slice(first.length + 1)}) ${argumentsOf(verb)} ;;`);
  return `    ${first})
      local -a verbs=(${names})
      if (( CURRENT == 2 )); then _describe verb verbs; return; fi
      shift words; (( CURRENT-- ))
      case $words[1] in
${cases.join('\n')}
      esac ;;`;
}

function argumentsOf({ options, values }: CommandWords): string {
  const rest = values.length > 0 ? `'1: :(${values.join(' ')})'` : "'*: :_files'";
  return ['_arguments', ...options.map(optionOf), rest].join(' ');
}

function optionOf({ word, summary, takesValue, choices }: Word): string {
  const value = takesValue ? `: :${choices ? `(${choices.join(' ')})` : ''}` : '';
  return quoted(`${word}[${summary.replace(/[[\]:\\]/g, '\\$&')}]${value}`);
}

function described(word: string, summary: string): string {
  return quoted(`${word}:${summary.replaceAll(':', '\\:')}`);
}

function summaryOf(first: string, commands: readonly CommandWords[]): string {
  const own = commands.find(({ name }) => name === first);
  if (own) return own.summary;
  return verbsOf(first, commands)
    .map(({ name }) => name.slice(first.length + 1))
    .join(', ');
}

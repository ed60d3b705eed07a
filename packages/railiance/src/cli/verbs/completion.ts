import { defineCommand, required } from '../command.ts';
import { commands } from '../commands.ts';
import { completionScript, shells } from '../completion/scripts.ts';
import { vocabulary } from '../completion/vocabulary.ts';

export default defineCommand({
  name: 'completion',
  group: 'Prepare',
  summary: 'Print the completion script of a shell',
  arguments: { shell: required('the shell', shells) },
  options: {},
  examples: [
    { line: 'railiance completion bash > ~/.local/share/bash-completion/completions/railiance', does: 'for bash' },
    { line: 'railiance completion zsh > "$fpath[1]/_railiance"', does: 'for zsh' },
    { line: 'railiance completion fish > ~/.config/fish/completions/railiance.fish', does: 'for fish' },
  ],
  async run({ args, output }) {
    const script = completionScript(args.shell, await vocabulary(commands));
    output.result({ schema: 'railiance.completion.v1', shell: args.shell, script }, () => output.page(script));
  },
});

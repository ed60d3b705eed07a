import { runForeground } from '../../../exec/foreground.ts';
import { definedOnly } from '../../../secrets/ageIdentities.ts';
import { editSecrets } from '../../../secrets/editing.ts';
import { shellWords } from '../../../secrets/shellWords.ts';
import { defineCommand } from '../../command.ts';
import type { Environment } from '../../output/terminal.ts';
import { chooseFile, fileOptions, keySources } from './file.ts';

export default defineCommand({
  name: 'secrets edit',
  group: 'Secrets',
  summary: 'Edit the file in plain text with $EDITOR',
  description: [
    'The plain text is in a private file in memory (tmpfs), which is overwritten and removed afterwards. Values that stay the ' +
      'same keep their ciphertext. Where the editor fails or nothing changes, nothing is written.',
    'A file with merge conflicts shows both sides, to be settled there.',
  ],
  arguments: {},
  options: fileOptions,
  examples: [{ line: 'EDITOR="code --wait" railiance secrets edit', does: 'with an editor that has a window' }],
  async run({ options, ...around }) {
    const { output, env } = around;
    const { file } = await chooseFile(options, around.cwd);
    const editor = editorOf(env);
    const changed = await editSecrets(file, {
      sources: keySources(around),
      edit: (path) => runForeground({ argv: [...editor, path], env: definedOnly(env) }),
      again: async (problem) => {
        output.warn(problem);
        return output.interactive && (await output.confirm('Open the editor again?'));
      },
    });
    output.result({ schema: 'railiance.secrets.edited.v1', file, changed } as const, () =>
      output.line(changed ? `wrote ${file}` : `${file} is as it was`),
    );
  },
});

function editorOf(env: Environment): [string, ...string[]] {
  for (const name of ['SOPS_EDITOR', 'VISUAL', 'EDITOR']) {
    const command = env[name];
    if (command) return shellWords(command, name);
  }
  return ['vi'];
}

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { installMergeDriver } from '../../../secrets/mergeDriver.ts';
import { mergeFiles } from '../../../secrets/mergeFiles.ts';
import { resolveConflict } from '../../../secrets/resolveConflict.ts';
import { defineCommand, flag, rest } from '../../command.ts';
import { keySources, lazyExec } from './file.ts';

export default defineCommand({
  name: 'secrets merge',
  group: 'Secrets',
  summary: 'Merge SOPS files by key, as a Git merge driver or by hand',
  description: [
    'Git calls it with four paths (%O %A %B %P) once --install has set it up. Keys that only one side changed are taken; the ' +
      'result is encrypted.',
    'Where both sides changed a key, the file gets Git’s own conflict markers around that key and the MAC, with both values ' +
      'encrypted. Either side, taken throughout, is a whole file again: --ours and --theirs do that. To mix the two, ' +
      'railiance secrets edit shows both in plain text, in memory.',
  ],
  arguments: { paths: rest('ancestor, ours, theirs, path; or with --ours or --theirs the file') },
  options: {
    install: flag('have Git call it in this repository: .gitattributes, and the configuration of this clone'),
    ours: flag('take our side of every conflict in the file'),
    theirs: flag('take their side of every conflict in the file'),
  },
  examples: [
    { line: 'railiance secrets merge --install', does: 'once in each clone' },
    { line: 'railiance secrets merge --theirs app.env.sops.yaml', does: 'settle a conflict' },
  ],
  async run({ args: { paths }, options, ...around }) {
    const { output, cwd } = around;
    const [first, ours, theirs, path = ours] = paths;
    if (options.install) {
      const written = await installMergeDriver(cwd, lazyExec);
      output.line(written.length === 0 ? 'Git calls it already' : `Git calls it now (${written.join(', ')})`);
      return exitCodes.done;
    }
    if (options.ours !== options.theirs && first !== undefined && paths.length === 1) {
      await resolveConflict(first, options.ours ? 'ours' : 'theirs', keySources(around));
      output.line(`${first}: took ${options.ours ? 'our' : 'their'} side; now git add ${first}`);
      return exitCodes.done;
    }
    if (first === undefined || ours === undefined || theirs === undefined || path === undefined || paths.length > 4) {
      throw new Failure('merge', 'it needs the ancestor, ours, theirs, and the path', {
        hint: 'railiance secrets merge --install has Git give them',
        exitCode: exitCodes.invalidInput,
      });
    }
    const conflicts = await mergeFiles({ base: first, ours, theirs, path }, keySources(around));
    if (conflicts.length === 0) return exitCodes.done;
    output.warn(`${path}: both sides changed ${conflicts.join(', ')}`, `railiance secrets edit --file ${path}`);
    return exitCodes.failedAndRolledBack;
  },
});

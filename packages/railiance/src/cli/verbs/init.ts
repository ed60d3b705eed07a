import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { defineCommand, optional } from '../command.ts';
import { bold, dim, green } from '../output/text.ts';

export default defineCommand({
  name: 'init',
  group: 'Prepare',
  summary: 'Write a commented app.toml for the app in a folder',
  description: [
    'Looks at the folder for the builder, the port, the health path and the database. Never overwrites a file.',
  ],
  arguments: { folder: optional('the folder of the app; without it, this one') },
  options: {},
  examples: [
    { line: 'railiance init', does: 'for the app here' },
    { line: 'railiance init packages/shop', does: 'for the app in another folder' },
  ],
  async run({ args, output, cwd }) {
    const [{ detectApp }, { appToml }, { shownFrom }] = await Promise.all([
      import('../init/detect.ts'),
      import('../init/template.ts'),
      import('../../config/toml/read.ts'),
    ]);
    const directory = resolve(cwd, args.folder ?? '.');
    const file = join(directory, 'app.toml');
    const shown = shownFrom(cwd, file);
    const detected = await detectApp(directory);
    await writeNew(file, shown, appToml(detected));
    output.result({ schema: 'railiance.init.v1', file, detected }, () => {
      output.line([green('wrote '), bold(shown)]);
      output.pairs([
        ['app', detected.slug],
        [
          'builder',
          detected.builder ? `${detected.builder.name} (${detected.builder.because})` : dim('not recognised'),
        ],
        ['port', String(detected.port ?? 8000)],
        ['health', detected.healthPath ?? dim('not found: GET / below 500')],
        ['database', detected.databaseClient ? `yes (${detected.databaseClient})` : dim('none')],
      ]);
      output.line();
      const run = ['railiance run', ...(args.folder === undefined ? [] : [args.folder])].join(' ');
      output.line(['next: ', bold(run), ' builds it and tries it on this machine']);
    });
  },
});

async function writeNew(file: string, shown: string, content: string): Promise<void> {
  const created = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      throw new Failure(`write ${shown}`, 'there is no such folder', {
        hint: `mkdir -p ${shown.replace(/\/?app\.toml$/, '')}, or name the folder of the app`,
        exitCode: exitCodes.invalidInput,
      });
    }
    if (error.code !== 'EEXIST') throw error;
    throw new Failure(`write ${shown}`, 'it is there already, and init never overwrites', {
      hint: 'railiance plan shows what it means as it is',
      exitCode: exitCodes.invalidInput,
    });
  });
  await using _ = created;
  await created.writeFile(content);
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import { imageRepository } from '../../../pipeline/plan/imageRepository.ts';
import { defineCommand, optional, text } from '../../command.ts';
import { select } from '../../selection.ts';

export default defineCommand({
  name: 'render chart',
  group: 'Prepare',
  summary: 'Write the built-in Helm chart out, as one of the app’s own to keep and change',
  description: [
    'Its values are what app.toml says. With `chart = "…"` under [deploy] it is used in place of the built-in one; by hand it takes --set image.tag=<sha>.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'the stage whose configuration is written; without it, the first after local'),
    out: text('folder', 'where to; without it, helm/<slug> beside app.toml'),
  },
  examples: [{ line: 'railiance render chart', does: 'helm/probe, say' }],
  async run({ args, options, output, cwd }) {
    const { app, blueprint } = await select({ reference: args.app, stage: options.stage, cwd });
    const folder = options.out === undefined ? join(app.directory, 'helm', app.slug) : resolve(cwd, options.out);
    const { writtenChart } = await import('../../../engines/kubernetes/chart/written.ts');
    const files = writtenChart(app, imageRepository(app, blueprint.registry).pull);
    for (const [path, content] of Object.entries(files)) await writeNew(join(folder, path), content);
    const shown = relative(cwd, folder) || '.';
    const written = Object.keys(files).sort();
    output.result({ schema: 'railiance.chart.v1', folder, files: written } as const, () => {
      for (const path of written) output.line(join(shown, path));
      output.note(`hint: chart = ${JSON.stringify(relative(app.directory, folder) || '.')} under [deploy] uses it`);
    });
  },
});

/** Never over what is there: a chart that was changed by hand is worth more than this one. */
async function writeNew(file: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { flag: 'wx' });
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'it is there already' : problemOf(error);
    throw new Failure(`write ${file}`, problem, {
      hint: 'choose another folder with --out',
      exitCode: exitCodes.invalidInput,
    });
  }
}

import { defineCommand, optional } from '../command.ts';
import { openToolbox } from '../compose.ts';
import { formatDuration, formatSize } from '../output/format.ts';
import { dim } from '../output/text.ts';
import { select } from '../selection.ts';

export default defineCommand({
  name: 'build',
  group: 'Prepare',
  summary: 'Build the image of an app as it is, and nothing more',
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {},
  examples: [{ line: 'railiance build examples/probe', does: 'an image in the local layout' }],
  async run({ args, output, env, cwd, signal }) {
    const { app, stage } = await select({ reference: args.app, stage: 'local', cwd });
    const { builderFor, revisionOf, images } = (await openToolbox(env)).portsFor(stage);
    const [builder, revision] = await Promise.all([builderFor(app), revisionOf(app.directory)]);
    const view = output.run(`build ${app.slug} ${revision.tag}`);
    view.start('build', `Build with ${builder.name}`);
    const started = performance.now();
    try {
      const { layoutDir } = images;
      const progress = (event: Parameters<typeof view.progress>[1]) => view.progress('build', event);
      const artifact = await builder.build({ app, revision, layoutDir, progress, signal });
      view.finish('build', 'done', formatSize(artifact.sizeBytes));
      view.close();
      output.result({ schema: 'railiance.artifact.v1', ...artifact, layoutDir } as const, () => {
        output.pairs([
          ['image', `${app.slug}:${revision.tag}`],
          ['config', artifact.configDigest],
          ['manifest', artifact.manifestDigest],
          ['size', `${formatSize(artifact.sizeBytes)}, ${artifact.platform}`],
          ['layout', [layoutDir, dim(` (in ${formatDuration(performance.now() - started)})`)]],
        ]);
      });
    } catch (error) {
      view.finish('build', 'failed', 'it did not succeed');
      view.close();
      throw error;
    }
  },
});

import { homeAt } from '../../config/home.ts';
import { imageAnnotations } from '../../domain/imageAnnotations.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { openLayout } from '../../oci/index.ts';
import { buildImage } from '../buildImage.ts';
import { openBuildTools } from '../buildTools.ts';
import { defineCommand, optional } from '../command.ts';
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
    const { app } = await select({ reference: args.app, stage: 'local', cwd });
    const tools = openBuildTools({ home: homeAt(env), env, exec: createLocalExec(), output });
    const revision = await tools.revisionOf(app.directory);
    const started = performance.now();
    const artifact = await buildImage({ app, revision }, tools, { output, signal });
    const { layoutDir } = tools.images;
    const { config } = await (await openLayout(layoutDir)).config(artifact.configDigest);
    const labels = config?.Labels ?? {};
    const sbom = labels[imageAnnotations.sbom];
    output.result({ schema: 'railiance.artifact.v1', ...artifact, layoutDir, labels } as const, () => {
      output.pairs([
        ['image', `${app.slug}:${revision.tag}`],
        ['config', artifact.configDigest],
        ['manifest', artifact.manifestDigest],
        ['size', `${formatSize(artifact.sizeBytes)}, ${artifact.platform}`],
        ...(sbom === undefined ? [] : [['sbom', `${sbom} in the image`] as const]),
        ['layout', [layoutDir, dim(` (in ${formatDuration(performance.now() - started)})`)]],
      ]);
    });
  },
});

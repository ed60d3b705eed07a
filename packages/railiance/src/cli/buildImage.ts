import type { AppSpec } from '../domain/app.ts';
import type { Artifact, Revision } from '../domain/artifact.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import { formatSize } from './output/format.ts';
import type { Output } from './output.ts';

interface Shown {
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Builds an image with its progress on the screen, without a run around it. @throws Failure */
export async function buildImage(
  { app, revision }: { readonly app: AppSpec; readonly revision: Revision },
  { builderFor, images }: Pick<StepPorts, 'builderFor' | 'images'>,
  { output, signal }: Shown,
): Promise<Artifact> {
  const builder = await builderFor(app);
  const view = output.run(`build ${app.slug} ${revision.tag}`);
  view.start('build', `Build with ${builder.name}`);
  try {
    const { layoutDir } = images;
    const progress = (event: Parameters<typeof view.progress>[1]) => view.progress('build', event);
    const artifact = await builder.build({ app, revision, layoutDir, progress, signal });
    view.finish('build', 'done', formatSize(artifact.sizeBytes));
    return artifact;
  } catch (error) {
    view.finish('build', 'failed', 'it did not succeed');
    throw error;
  } finally {
    view.close();
  }
}

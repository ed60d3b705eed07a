import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Builder, defineBuilder } from '../builders/builder.ts';
import { knownFolder } from '../builders/folderStates/folderState.ts';
import { writeImage } from '../builders/image.ts';
import { openLayerCache } from '../builders/layerCache.ts';
import { appFilesRule } from '../builders/sourceFiles.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { openLayout } from '../oci/index.ts';

/** Makes an image of the files of a folder that has a file `fake`, and nothing to run them with. */
export function fakeBuilder(cacheDir: string): Builder {
  return defineBuilder({
    name: 'fake',
    detect: async (directory) => existsSync(join(directory, 'fake')),
    build: async ({ app, revision, layoutDir, progress, signal }) => {
      if (!existsSync(join(app.directory, 'fake'))) {
        throw new Failure(`build ${app.slug}`, 'there is no file named fake', { exitCode: exitCodes.invalidInput });
      }
      const layout = await openLayout(layoutDir);
      const cache = await openLayerCache(cacheDir, layout);
      const folder = knownFolder(app.directory, appFilesRule({}, app.secrets.file));
      const parts = [{ folder, imagePath: 'app' }];
      const image = await writeImage(layout, {
        name: `${app.slug}:${revision.tag}`,
        architecture: 'amd64',
        config: {
          Labels: {
            'dev.railiance.builder': 'fake',
            'org.opencontainers.image.revision': revision.tag,
            'org.opencontainers.image.title': app.name,
          },
        },
        layers: [await cache.layer({ title: 'app', parts, progress, signal })],
      });
      return { app: app.slug, revision, builder: 'fake', ...image };
    },
  });
}

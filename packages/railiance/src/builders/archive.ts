import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { ArchiveTable } from '../config/schema/build.ts';
import type { Artifact } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { importArchive, openLayout } from '../oci/index.ts';
import { type Builder, type BuildRequest, defineBuilder } from './builder.ts';
import { building } from './failed.ts';
import { hostArchitecture } from './image.ts';
import { nameImage } from './takenImage.ts';

/** Looked for where app.toml names none. */
const usualPaths = ['image.tar', 'image.tar.gz', 'result'];

/** Takes an image that another tool made: a `docker-archive`, or a tar of an OCI layout; plain or gzipped. */
export function archiveBuilder(): Builder {
  return defineBuilder({
    name: 'archive',
    detect: async (directory) => usualPaths.some((path) => existsSync(join(directory, path))),
    build: (request) => building(`build ${request.app.slug}`, 'make the archive again', () => build(request)),
  });
}

async function build({ app, revision, layoutDir, signal }: BuildRequest): Promise<Artifact> {
  signal.throwIfAborted();
  const { path, image } = app.build.options as ArchiveTable;
  const file = archiveIn(app.directory, path);
  const layout = await openLayout(layoutDir);
  const platform = { os: 'linux', architecture: hostArchitecture(`build ${app.slug}`) };
  const descriptor = await importArchive(layout, file, { platform, signal, ...(image === undefined ? {} : { image }) });
  return nameImage(layout, descriptor, { builder: 'archive', app: app.slug, revision });
}

function archiveIn(directory: string, path: string | undefined): string {
  const found = (path === undefined ? usualPaths : [path]).map((each) => join(directory, each)).find(existsSync);
  if (found !== undefined) return found;
  throw new Failure('find the archive', `${directory} has no ${path ?? usualPaths.join(', ')}`, {
    hint: 'name it in app.toml: [build.archive] path = "…"',
    exitCode: exitCodes.invalidInput,
  });
}

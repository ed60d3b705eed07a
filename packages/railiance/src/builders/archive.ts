import { existsSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';

import type { Artifact } from '../domain/artifact.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { nearest } from '../domain/nearest.ts';
import { importArchive, OciError, openLayout } from '../oci/index.ts';
import { type Builder, type BuildRequest, defineBuilder } from './builder.ts';
import { hostArchitecture } from './image.ts';

/** `[build.archive]` of app.toml. */
interface ArchiveOptions {
  /** The archive, relative to the app's folder; a link may lead out of it, as Nix's `result` does. */
  readonly path?: string;
  /** Which image, where it holds several. */
  readonly image?: string;
}

/** Looked for where app.toml names none. */
const usualPaths = ['image.tar', 'image.tar.gz', 'result'];

/** Takes an image that another tool made: a `docker-archive`, or a tar of an OCI layout; plain or gzipped. */
export function archiveBuilder(): Builder {
  return defineBuilder({
    name: 'archive',
    detect: async (directory) => usualPaths.some((path) => existsSync(join(directory, path))),
    build: async (request) => {
      try {
        return await build(request);
      } catch (error) {
        if (!(error instanceof OciError)) throw error;
        throw new Failure(`build ${request.app.slug}`, problemOf(error), {
          hint: 'make the archive again',
          exitCode: exitCodes.invalidInput,
          cause: error,
        });
      }
    },
  });
}

async function build({ app, revision, layoutDir, signal }: BuildRequest): Promise<Artifact> {
  signal.throwIfAborted();
  const { path, image } = readOptions(app.build.options);
  const file = archiveIn(app.directory, path);
  const layout = await openLayout(layoutDir);
  const platform = { os: 'linux', architecture: hostArchitecture(`build ${app.slug}`) };
  const descriptor = await importArchive(layout, file, { platform, signal, ...(image === undefined ? {} : { image }) });
  await layout.tag(`${app.slug}:${revision.tag}`, descriptor);

  const { config, layers } = await layout.manifest(descriptor.digest);
  const { os, architecture } = await layout.config(config.digest);
  return {
    app: app.slug,
    revision,
    builder: 'archive',
    configDigest: config.digest,
    manifestDigest: descriptor.digest,
    sizeBytes: layers.reduce((sum, { size }) => sum + size, config.size),
    platform: `${os}/${architecture}`,
  };
}

function archiveIn(directory: string, path: string | undefined): string {
  const found = (path === undefined ? usualPaths : [path]).map((each) => join(directory, each)).find(existsSync);
  if (found !== undefined) return found;
  throw new Failure('find the archive', `${directory} has no ${path ?? usualPaths.join(', ')}`, {
    hint: 'name it in app.toml: [build.archive] path = "…"',
    exitCode: exitCodes.invalidInput,
  });
}

function readOptions(options: Readonly<Record<string, unknown>>): ArchiveOptions {
  const refuse = (problem: string, hint?: string) =>
    new Failure('read [build.archive]', problem, { ...(hint ? { hint } : {}), exitCode: exitCodes.invalidInput });
  for (const [name, value] of Object.entries(options)) {
    if (name !== 'path' && name !== 'image') {
      throw refuse(
        `there is no option ${JSON.stringify(name)}`,
        `did you mean ${nearest(name, ['path', 'image']) ?? 'path'}?`,
      );
    }
    if (typeof value !== 'string' || value === '') throw refuse(`${name} is not a text`);
  }
  const { path, image } = options as ArchiveOptions;
  if (path !== undefined && (isAbsolute(path) || normalize(path).split('/').includes('..'))) {
    throw refuse(
      `path ${JSON.stringify(path)} leads out of the app's folder`,
      'put the archive, or a link to it, there',
    );
  }
  return { ...(path === undefined ? {} : { path }), ...(image === undefined ? {} : { image }) };
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { NixTable } from '../config/schema/build.ts';
import type { Artifact } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { openLayout } from '../oci/index.ts';
import { type Builder, type BuildRequest, defineBuilder } from './builder.ts';
import { building } from './failed.ts';
import { folderEntries } from './layer.ts';
import { readFlakeSource } from './nix/source.ts';
import { nameImage } from './takenImage.ts';
import { endedWell } from './workshop/ended.ts';
import { importFrom } from './workshop/importFrom.ts';
import { type WorkshopOwner, withWorkshop } from './workshop/withWorkshop.ts';
import type { Workshop } from './workshop/workshop.ts';

const name = 'nix';
const source = 'source';

/**
 * Takes the image that a flake makes, built on this machine or on the node that may build it. The flake sees a copy of the
 * app's folder, so that it is the same source everywhere. Every byte of the image stays as Nix made it.
 */
export function nixBuilder(owner: WorkshopOwner): Builder {
  return defineBuilder({
    name,
    detect: async (directory) => existsSync(join(directory, 'flake.nix')),
    build: (request) =>
      building(`build ${request.app.slug}`, `look at what the flake's output is`, () => build(request, owner)),
  });
}

async function build(request: BuildRequest, owner: WorkshopOwner): Promise<Artifact> {
  const { app, revision, layoutDir, signal } = request;
  signal.throwIfAborted();
  const { attribute = 'docker', image } = app.build.options as NixTable;
  if (!existsSync(join(app.directory, 'flake.nix'))) {
    throw new Failure(`build ${app.slug}`, `${app.directory} has no flake.nix`, {
      hint: 'name another builder in app.toml: [build] builder = "…"',
      exitCode: exitCodes.invalidInput,
    });
  }
  const folder = await readFlakeSource(app, owner.exec);
  return withWorkshop(request, { names: ['nix'] }, owner, async (workshop) => {
    await workshop.send('.', folderEntries(folder, source));
    endedWell(await workshop.run(nixCommand(workshop, attribute), app.build.env), request, workshop);
    const archive = await archiveOf(request, workshop, attribute);
    const layout = await openLayout(layoutDir);
    const descriptor = await importFrom(workshop, archive, layout, request, image);
    return nameImage(layout, descriptor, { builder: name, app: app.slug, revision });
  });
}

/** The link keeps the result from a collection of garbage until it is fetched. */
function nixCommand({ tool, directory }: Workshop, attribute: string): [string, ...string[]] {
  const features = ['--extra-experimental-features', 'nix-command flakes'];
  const flake = `path:${join(directory, source)}#${attribute}`;
  return [tool.path, ...features, 'build', '--print-build-logs', '--out-link', join(directory, 'result'), flake];
}

/** An archive as it is, or what the program writes that `streamLayeredImage` makes. */
const findArchive = `
if [ -d result ]; then echo folder
elif [ -x result ]; then ./result > image.tar && echo image.tar
elif [ -f result ]; then echo result
fi`;

async function archiveOf(request: BuildRequest, workshop: Workshop, attribute: string): Promise<string> {
  const found = await workshop.run(['sh', '-c', findArchive]);
  endedWell(found, request, workshop);
  const file = found.stdout.trim();
  if (file === 'result' || file === 'image.tar') return join(workshop.directory, file);
  throw new Failure(
    `build ${request.app.slug}`,
    `.#${attribute} is ${file === 'folder' ? 'a folder' : 'no file'}, not an image`,
    {
      hint: 'name an output that dockerTools made: [build.nix] attribute = "docker"',
      exitCode: exitCodes.invalidInput,
    },
  );
}

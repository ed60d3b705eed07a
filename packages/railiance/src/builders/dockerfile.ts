import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { containedPath } from '../config/contained.ts';
import type { DockerfileTable } from '../config/schema/build.ts';
import type { AppSpec } from '../domain/app.ts';
import type { Artifact } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { openLayout, type TarEntry } from '../oci/index.ts';
import { type Builder, type BuildRequest, defineBuilder } from './builder.ts';
import {
  buildCommand,
  type DockerfileBuild,
  type DockerfileTool,
  dockerfileTools,
  inWorkshop,
  readImageId,
  saveCommand,
  toolEnvironment,
} from './dockerfile/commands.ts';
import { readContext } from './dockerfile/context.ts';
import { building } from './failed.ts';
import { imageLabels } from './labels.ts';
import { folderEntries } from './layer.ts';
import { imageWithConfig, nameImage } from './takenImage.ts';
import { endedWell } from './workshop/ended.ts';
import { importFrom } from './workshop/importFrom.ts';
import { type WorkshopOwner, withWorkshop } from './workshop/withWorkshop.ts';
import type { Workshop } from './workshop/workshop.ts';

const name = 'dockerfile';
const usualFiles = ['Dockerfile', 'Containerfile'];

/**
 * Makes an image as a Dockerfile says, by docker, podman or buildah, on this machine or on a node of the blueprint. The
 * tool gets a copy of the context with fixed times and modes, so that the same tree gives the same image.
 */
export function dockerfileBuilder(owner: WorkshopOwner): Builder {
  return defineBuilder({
    name,
    detect: async (directory) => usualFiles.some((file) => existsSync(join(directory, file))),
    build: (request) =>
      building(`build ${request.app.slug}`, 'look at what the tool wrote', () => build(request, owner)),
  });
}

async function build(request: BuildRequest, owner: WorkshopOwner): Promise<Artifact> {
  const { app, signal } = request;
  signal.throwIfAborted();
  const options = app.build.options as DockerfileTable;
  const source = await readSource(app, options);
  const tools = {
    names: options.tool === undefined ? dockerfileTools : [options.tool],
    // Most apps with a package.json need no Dockerfile here.
    ...(existsSync(join(app.directory, 'package.json')) && { otherwise: 'set [build] builder = "node" in app.toml' }),
  };
  return withWorkshop(request, tools, owner, async (workshop) => {
    await workshop.send('.', source);
    const build: DockerfileBuild = {
      tool: workshop.tool.name as DockerfileTool,
      program: workshop.tool.path,
      options,
      labels: imageLabels(name, request),
      directory: workshop.directory,
    };
    endedWell(await workshop.run(buildCommand(build), { ...toolEnvironment, ...app.build.env }), request, workshop);
    return bringImage(request, workshop, build);
  });
}

/** An image that did not change is in the layout already: it is neither written nor fetched again. */
async function bringImage(request: BuildRequest, workshop: Workshop, build: DockerfileBuild): Promise<Artifact> {
  const { app, revision, layoutDir, signal } = request;
  const { stdout } = await workshop.run(['cat', inWorkshop.imageId]);
  const imageId = readImageId(stdout, `build ${app.slug}`);
  const layout = await openLayout(layoutDir);
  const known = await imageWithConfig(layout, request, imageId);
  if (known === undefined) {
    endedWell(await workshop.run(saveCommand(build, imageId)), request, workshop);
  }
  const { archive } = inWorkshop;
  const descriptor = known ?? (await importFrom(workshop, join(workshop.directory, archive), layout, request));
  signal.throwIfAborted();
  return nameImage(layout, descriptor, { builder: name, app: app.slug, revision });
}

async function readSource(
  { directory, secrets }: AppSpec,
  { context = '.', file }: DockerfileTable,
): Promise<TarEntry[]> {
  const found = file ?? usualFiles.find((each) => existsSync(join(directory, each)));
  if (found === undefined || !existsSync(join(directory, found))) {
    throw new Failure('find the Dockerfile', `${directory} has no ${file ?? usualFiles.join(' or ')}`, {
      hint: 'name it in app.toml: [build.dockerfile] file = "…"',
      exitCode: exitCodes.invalidInput,
    });
  }
  const folder = readContext({
    directory: await inside(directory, context),
    file: await inside(directory, found),
    ...(secrets.file === undefined ? {} : { secretsFile: await inside(directory, secrets.file) }),
  });
  const content = await readFile(await inside(directory, found));
  return [
    { type: 'content', path: inWorkshop.file, mode: 0o644, content },
    { type: 'directory', path: inWorkshop.context, mode: 0o755 },
    ...folderEntries(folder, inWorkshop.context),
  ];
}

async function inside(directory: string, path: string): Promise<string> {
  const real = await containedPath(directory, path);
  if (real !== undefined) return real;
  throw new Failure('read [build.dockerfile]', `${JSON.stringify(path)} leads out of ${directory}`, {
    hint: 'put it into the folder of app.toml',
    exitCode: exitCodes.invalidInput,
  });
}

import type { NodeTable } from '../config/schema/build.ts';
import type { Artifact } from '../domain/artifact.ts';
import { imageAnnotations } from '../domain/imageAnnotations.ts';
import type { Exec } from '../exec/exec.ts';
import { type ImageConfig, openLayout } from '../oci/index.ts';
import { type Builder, type BuildRequest, defineBuilder } from './builder.ts';
import { building } from './failed.ts';
import { hostArchitecture, writeImage } from './image.ts';
import { imageLabels } from './labels.ts';
import { type Layer, openLayerCache } from './layerCache.ts';
import { type BaseImage, baseImage, type RegistryFor } from './node/base.ts';
import { runBuildScript } from './node/buildScript.ts';
import type { Closure } from './node/closure.ts';
import { type StartCommand, startCommand } from './node/command.ts';
import { gather } from './node/gather.ts';
import { planLayers } from './node/layerPlans.ts';

import { readPackageJson } from './node/packageJson.ts';
import { appPath } from './node/placement.ts';
import { sbomPath } from './node/sbom/layer.ts';
import { appUser } from './node/system.ts';

export interface NodeBuilderParts {
  readonly exec: Exec;
  /** Content-addressed; safe to delete. */
  readonly cacheDir: string;
  readonly registryFor: RegistryFor;
}

/**
 * Makes an image of a Node app from this machine alone: its Node, the libraries that needs, the installed packages and
 * the app's files. No Docker, and nothing is pulled.
 */
export function nodeBuilder(parts: NodeBuilderParts): Builder {
  return defineBuilder({
    name: 'node',
    detect: async (directory) => readPackageJson(directory) !== undefined,
    build: (request) => building(`build ${request.app.slug}`, 'build it again', () => build(request, parts)),
  });
}

async function build(request: BuildRequest, { exec, cacheDir, registryFor }: NodeBuilderParts): Promise<Artifact> {
  const { app, revision, layoutDir, progress, signal } = request;
  const architecture = hostArchitecture(`build ${app.slug}`);
  const options = app.build.options as NodeTable;
  if (app.build.nodes !== undefined) {
    progress({ kind: 'note', text: 'built on this machine: [build] nodes is for nix and dockerfile' });
  }
  if (options.script !== undefined) await runBuildScript(request, options.script, exec);
  const start = (closure: Closure) => startCommand(app.directory, closure.root.manifest, app.run.command);
  const gathered = await gather(request, options, { exec, cacheDir, start });

  const layout = await openLayout(layoutDir);
  const cache = await openLayerCache(cacheDir, layout);
  const parts = { layout, architecture, registryFor };
  const base = options.base === undefined ? undefined : await baseImage(request, options.base, parts);
  const layers: Layer[] = [...(base?.layers ?? [])];
  for (const plan of planLayers(request, options, gathered)) {
    signal.throwIfAborted();
    layers.push(await cache.layer({ ...plan, progress, signal }));
  }
  const name = `${app.slug}:${revision.tag}`;
  const image = await writeImage(layout, {
    name,
    architecture,
    config: imageConfig(request, start(gathered.everything), base),
    layers,
  });
  return { app: app.slug, revision, builder: 'node', ...image };
}

function imageConfig(
  { app, revision }: BuildRequest,
  start: StartCommand,
  base: BaseImage | undefined,
): NonNullable<ImageConfig['config']> {
  const { uid, gid, home } = appUser;
  return {
    // A base that says who runs has made that user.
    User: base?.config.User || `${uid}:${gid}`,
    ExposedPorts: { [`${app.run.port}/tcp`]: {} },
    Env: [
      ...(base?.config.Env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `HOME=${home}`]),
      'NODE_ENV=production',
      `PORT=${app.run.port}`,
    ],
    ...(start.entrypoint === undefined ? {} : { Entrypoint: start.entrypoint }),
    Cmd: start.command,
    WorkingDir: `/${appPath}`,
    Labels: {
      ...base?.config.Labels,
      ...imageLabels('node', { app, revision }),
      [imageAnnotations.sbom]: sbomPath,
      ...(base && { [imageAnnotations.baseName]: base.name, [imageAnnotations.baseDigest]: base.manifestDigest }),
    },
    StopSignal: 'SIGTERM',
  };
}

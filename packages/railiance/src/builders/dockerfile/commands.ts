import { join } from 'node:path';

import type { DockerfileTable } from '../../config/schema/build.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';

/** In the order in which they are looked for: those without a daemon first. */
export const dockerfileTools = ['buildah', 'podman', 'docker'] as const;
export type DockerfileTool = (typeof dockerfileTools)[number];

export interface DockerfileBuild {
  readonly tool: DockerfileTool;
  /** Absolute path of the tool. */
  readonly program: string;
  readonly options: DockerfileTable;
  readonly labels: Readonly<Record<string, string>>;
  /** Absolute, of this build alone. */
  readonly directory: string;
}

/** Names of files and folders in a workshop. */
export const inWorkshop = {
  file: 'Dockerfile',
  context: 'context',
  imageId: 'image-id',
  archive: 'image.tar',
} as const;

/**
 * Files and images get one second after the epoch for a time, as Nix does: the same tree then gives the same image. Docker
 * has no such option, but its BuildKit asks an ARG. https://reproducible-builds.org/docs/source-date-epoch/
 */
const epoch = '1';

/** The command that builds, in the folder of a workshop. */
export function buildCommand({ tool, program, options, labels, directory }: DockerfileBuild): [string, ...string[]] {
  const { target, args = {} } = options;
  const own =
    tool === 'docker'
      ? ['build', '--build-arg', `SOURCE_DATE_EPOCH=${epoch}`]
      : // Docker's form of the configuration keeps HEALTHCHECK, SHELL and ONBUILD.
        [tool === 'buildah' ? 'bud' : 'build', '--layers', '--format', 'docker', '--timestamp', epoch];
  return [
    program,
    ...own,
    ...(target === undefined ? [] : ['--target', target]),
    ...pairs('--build-arg', args),
    ...pairs('--label', labels),
    ...['--iidfile', inWorkshop.imageId, '--file', inWorkshop.file],
    // BuildKit keeps what it was sent by the name of the folder, and sends only what differs in size or time: all our times
    // are one, so that under a name used before it would build what it had.
    join(directory, inWorkshop.context),
  ];
}

/** The command that writes the image, layers as they are, by the name that the tool gave it. */
export function saveCommand({ tool, program }: DockerfileBuild, imageId: string): [string, ...string[]] {
  const { archive } = inWorkshop;
  if (tool === 'buildah') return [program, 'push', '--quiet', imageId, `docker-archive:${archive}`];
  if (tool === 'podman')
    return [program, 'save', '--quiet', '--format', 'docker-archive', '--output', archive, imageId];
  return [program, 'save', '--output', archive, imageId];
}

/**
 * https://docs.docker.com/build/building/variables/: docker's builder of old makes another image at every build, and any
 * tool would draw its progress on a terminal.
 */
export const toolEnvironment = { BUILDKIT_PROGRESS: 'plain', DOCKER_BUILDKIT: '1' } as const;

/** @throws Failure where the tool wrote something else than the name of an image */
export function readImageId(text: string, action: string): `sha256:${string}` {
  const found = /^sha256:[0-9a-f]{64}$/.exec(text.trim())?.[0];
  if (found !== undefined) return found as `sha256:${string}`;
  throw new Failure(action, 'the tool did not say which image it made', { exitCode: exitCodes.dependencyMissing });
}

function pairs(option: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

import * as z from 'zod';

import { key } from './key.ts';
import * as value from './values.ts';

/** The builders that may have a table of their own in `[build]`. */
export const builderNames = ['node', 'nix', 'dockerfile', 'archive'] as const;

const table = { error: 'expected a table' };

/** In the form of .gitignore. */
const patterns = () => value.texts(value.pattern());

const node = z.strictObject(
  {
    script: key(value.script(), 'Script of package.json that is run before, for apps that compile.'),
    bundle: key(
      z.union([value.flag(), value.texts(value.relativePath())], {
        error: 'expected true, false or an array of files',
      }),
      'Bundles the app and its packages, by the esbuild that is installed beside it, into the files that start it and migrate its database, or into those named here. Packages with binaries stay as they are.',
      false,
    ),
    external: key(value.texts(value.words()), 'Packages that are not bundled.'),
    version: key(
      value.nodeVersion(),
      "Version of Node in the image, from npm's packages. Default: the Node that runs railiance.",
    ),
    base: key(
      value.reference('an image such as "registry.example:5000/team/base@sha256:…", or "./base.tar"'),
      'Image that Node, the packages and the app are put upon, in place of the libraries of this machine: in a registry, or, beginning with `./`, an archive or a folder with an OCI layout. It brings the C and C++ libraries that Node needs.',
    ),
    include: key(patterns(), 'What may be in the image, in the form of .gitignore. Default: everything.'),
    exclude: key(patterns(), 'What is left out; `!pattern` takes something back in.'),
    omit: key(value.texts(value.words()), 'Optional packages that are left out.'),
  },
  table,
);

const nix = z.strictObject(
  {
    attribute: key(value.attribute(), 'Output of the flake: `nix build .#<attribute>`.', 'docker'),
    image: key(value.words(), 'Which image, where the archive holds several.'),
  },
  table,
);

const dockerfile = z.strictObject(
  {
    tool: key(
      z.enum(['docker', 'podman', 'buildah']),
      'Which tool builds. Default: the first that is there, of buildah, podman, docker.',
    ),
    file: key(value.relativePath(), 'The file. Default: Dockerfile or Containerfile.'),
    context: key(value.relativePath(), 'Folder that COPY takes from.', '.'),
    target: key(value.words(), 'Stage of the file to end with. Default: the last.'),
    args: key(value.environment(), 'Values for its ARGs. They can be read from the image: no secrets.'),
  },
  table,
);

const archive = z.strictObject(
  {
    path: key(
      value.relativePath(),
      'The archive; a link to it may be there. Default: image.tar, image.tar.gz, result.',
    ),
    image: key(value.words(), 'Which image, where it holds several.'),
  },
  table,
);

export const build = z.strictObject(
  {
    builder: key(
      z.enum(builderNames),
      'Which builder makes the image. Without it the folder decides: flake.nix, Dockerfile, package.json.',
    ),
    env: key(value.environment(), 'Environment of the build.'),
    nodes: key(
      value.texts(value.name()),
      'Nodes of the blueprint that may build it, the first choice first. Default: those with the role `builder`; without any, this machine.',
    ),
    node: key(node, 'A Node app, from its folder and the packages installed there.'),
    nix: key(nix, 'A flake that makes a `docker-archive`, as the functions of `dockerTools` do.'),
    dockerfile: key(dockerfile, 'A Dockerfile or Containerfile.'),
    archive: key(archive, 'An image that something else has made.'),
  },
  table,
);

type BuildTables = z.output<typeof build>;
/** A key is there with a value, or it is not there. */
type Given<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };
type Table<Name extends (typeof builderNames)[number]> = Given<NonNullable<BuildTables[Name]>>;
export type NodeTable = Table<'node'>;
export type NixTable = Table<'nix'>;
export type DockerfileTable = Table<'dockerfile'>;
export type ArchiveTable = Table<'archive'>;

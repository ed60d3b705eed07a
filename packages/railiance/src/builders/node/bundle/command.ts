import { extname } from 'node:path';

export type ModuleFormat = 'esm' | 'cjs';

export interface BundleSpec {
  /** Path of esbuild's program. */
  readonly esbuild: string;
  /** Relative to the app's folder; all of one format. */
  readonly entries: readonly string[];
  readonly format: ModuleFormat;
  /** Whole version of Node that it runs on. */
  readonly nodeVersion: string;
  /** Names of packages that stay as they are. */
  readonly external: readonly string[];
  /** Absolute. */
  readonly outputFolder: string;
  readonly metafile: string;
}

/** CommonJS in a bundle of ES modules asks for Node's own modules by `require`. */
const banner =
  "import{createRequire as railianceRequire}from'node:module';const require=railianceRequire(import.meta.url);";

/** The command that bundles, in the app's folder. https://esbuild.github.io/api/ */
export function bundleCommand(spec: BundleSpec): [string, ...string[]] {
  const { esbuild, entries, format, nodeVersion, external, outputFolder, metafile } = spec;
  return [
    esbuild,
    ...entries.map((path) => `./${path}`),
    ...['--bundle', '--platform=node', `--target=node${nodeVersion}`, `--format=${format}`],
    // Names stay: error messages and frameworks show and use them.
    ...['--minify-syntax', '--minify-whitespace', '--keep-names', '--legal-comments=none', '--charset=utf8'],
    ...(format === 'esm' ? ['--splitting', '--chunk-names=.bundle/[name]-[hash]', `--banner:js=${banner}`] : []),
    ...external.flatMap((name) => [`--external:${name}`, `--external:${name}/*`]),
    ...[`--outdir=${outputFolder}`, '--outbase=.', `--metafile=${metafile}`],
    ...['--log-level=warning', '--color=false'],
  ];
}

/** What Node takes a file for. https://nodejs.org/api/packages.html#determining-module-system */
export function formatOf(path: string, packageType: string | undefined): ModuleFormat {
  const extension = extname(path);
  if (extension.startsWith('.m')) return 'esm';
  if (extension.startsWith('.c')) return 'cjs';
  return packageType === 'module' ? 'esm' : 'cjs';
}

/** Where esbuild writes what it makes of an entry, relative to its output folder. */
export function outputOf(entry: string): string {
  return entry.replace(/\.[cm]?[jt]sx?$/, '.js');
}

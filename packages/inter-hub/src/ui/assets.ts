import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtStaticDir, ownStaticDir } from '../files.ts';

export interface Asset {
  readonly file: string;
  readonly type: string;
}

const fromPackage = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
const font = 'font/woff2';

/** Name → type, and the package that brings the file where it is not our own. */
const served: Readonly<Record<string, { readonly type: string; readonly from?: string }>> = {
  'app.css': { type: style },
  'app.js': { type: script },
  'docs.js': { type: script },
  'icon.svg': { type: 'image/svg+xml' },
  'fonts/plex-sans.woff2': {
    type: font,
    from: '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2',
  },
  'fonts/plex-mono.woff2': { type: font, from: '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2' },
  'swagger-ui.css': { type: style, from: 'swagger-ui-dist/swagger-ui.css' },
  'swagger-ui.js': { type: script, from: 'swagger-ui-dist/swagger-ui-bundle.js' },
};

/** Every file under `/static/`, by name: nothing else can be asked for. */
export const assets: Readonly<Record<string, Asset>> = Object.fromEntries(
  Object.entries(served).map(([name, { type, from }]) => [name, { file: fileOf(name, from), type }]),
);

function fileOf(name: string, from: string | undefined): string {
  if (builtStaticDir !== undefined) return join(builtStaticDir, name);
  return from === undefined ? join(ownStaticDir, name) : fromPackage(from);
}

const versions = new Map<string, string>();

/** Address of an asset with its content's hash, so that it may be cached for ever. */
export function assetUrl(name: string): string {
  let version = versions.get(name);
  if (version === undefined) {
    const { file } = assets[name] ?? { file: '' };
    version = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
    versions.set(name, version);
  }
  return `/static/${name}?v=${version}`;
}

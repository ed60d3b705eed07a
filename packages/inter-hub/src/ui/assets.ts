import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Asset {
  readonly file: string;
  readonly type: string;
}

const own = (name: string): string => fileURLToPath(new URL(`../../static/${name}`, import.meta.url));
const fromPackage = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';

/** Every file under `/static/`, by name: nothing else can be asked for. */
export const assets: Readonly<Record<string, Asset>> = {
  'app.css': { file: own('app.css'), type: style },
  'app.js': { file: own('app.js'), type: script },
  'docs.js': { file: own('docs.js'), type: script },
  'icon.svg': { file: own('icon.svg'), type: 'image/svg+xml' },
  'fonts/plex-sans.woff2': {
    file: fromPackage('@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2'),
    type: 'font/woff2',
  },
  'fonts/plex-mono.woff2': {
    file: fromPackage('@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2'),
    type: 'font/woff2',
  },
  'swagger-ui.css': { file: fromPackage('swagger-ui-dist/swagger-ui.css'), type: style },
  'swagger-ui.js': { file: fromPackage('swagger-ui-dist/swagger-ui-bundle.js'), type: script },
};

const versions = new Map<string, string>();

/** Address of an asset with its content's hash, so that it may be cached for ever. */
export function assetUrl(name: keyof typeof assets & string): string {
  let version = versions.get(name);
  if (version === undefined) {
    const { file } = assets[name] ?? { file: '' };
    version = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
    versions.set(name, version);
  }
  return `/static/${name}?v=${version}`;
}

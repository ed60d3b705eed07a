import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { builderSigns } from '../../builders/detect.ts';
import { slugOf } from '../../domain/name.ts';

/** What a folder says about the app in it, as far as a look can tell. */
export interface Detected {
  readonly name: string;
  readonly slug: string;
  /** File that asks for a builder, and which. */
  readonly builder?: { readonly name: string; readonly because: string };
  /** Port found in the code; `fromEnvironment` where the code asks for $PORT. */
  readonly port?: number;
  readonly fromEnvironment: boolean;
  readonly healthPath?: string;
  /** Package of a PostgreSQL client. */
  readonly databaseClient?: string;
  /** Words of the command that migrates. */
  readonly migrate?: readonly string[];
}

interface PackageJson {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
}

const databaseClients = [
  'pg',
  'postgres',
  '@prisma/client',
  'drizzle-orm',
  'knex',
  'sequelize',
  'typeorm',
  'pg-promise',
];
const migrateScripts = ['migrate', 'db:migrate', 'migrations:run', 'migrate:up'];
const healthPaths = ['/healthz', '/health', '/api/health', '/livez', '/ready', '/ping'];
const mostBytes = 256 * 1024;

export async function detectApp(directory: string): Promise<Detected> {
  const manifest = await readManifest(directory);
  const folder = basename(directory);
  const name = textOf(manifest.name)?.replace(/^@[^/]*\//, '') ?? folder;
  const code = await readCode(directory, manifest);
  const dependencies = Object.keys(manifest.dependencies ?? {});
  return {
    name: oneLine(name) || 'app',
    slug: slugOf(name) || slugOf(folder) || 'app',
    ...(await detectBuilder(directory)),
    ...portIn(code),
    fromEnvironment: /\bPORT\b/.test(code),
    ...definedly(
      'healthPath',
      healthPaths.find((path) => new RegExp(`['"\`]${path}['"\`]`).test(code)),
    ),
    ...definedly(
      'databaseClient',
      databaseClients.find((client) => dependencies.includes(client)),
    ),
    ...definedly('migrate', migrateCommand(manifest)),
  };
}

function oneLine(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 100);
}

function definedly<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

async function readManifest(directory: string): Promise<PackageJson> {
  const text = await readStart(join(directory, 'package.json'));
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

async function detectBuilder(directory: string): Promise<Pick<Detected, 'builder'>> {
  for (const [because, name] of builderSigns) {
    const there = await stat(join(directory, because)).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (there) return { builder: { name, because } };
  }
  return {};
}

/** The files that say where the app listens: what `npm start` runs, the usual entries, and the Dockerfile. */
async function readCode(directory: string, { main, scripts }: PackageJson): Promise<string> {
  const started = textOf(scripts?.start)?.match(/[\w./-]+\.[cm]?[jt]s\b/)?.[0];
  const usual = [
    'server.js',
    'server.ts',
    'index.js',
    'src/server.ts',
    'src/server.js',
    'src/index.ts',
    'src/index.js',
    'app.js',
  ];
  const files = [started, textOf(main), ...usual, 'Dockerfile', 'Containerfile', '.env.example'];
  const inside = files
    .filter((file) => file !== undefined)
    .filter((file) => !file.startsWith('/') && !file.includes('..'));
  const texts = await Promise.all([...new Set(inside)].map((file) => readStart(join(directory, file))));
  return [textOf(scripts?.start) ?? '', ...texts].join('\n');
}

/** The beginning of a regular file, empty where there is none. */
async function readStart(path: string): Promise<string> {
  const regular = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!regular) return '';
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  await using _ = file;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

function portIn(code: string): Pick<Detected, 'port'> {
  const forms = [
    /\bPORT\b[^\n\d]{0,20}?(\d{2,5})\b/,
    /\.listen\(\s*(\d{2,5})\b/,
    /^EXPOSE\s+(\d{2,5})/m,
    /--port[= ](\d{2,5})\b/,
    /\bport:\s*(\d{2,5})\b/,
  ];
  const found = forms.map((form) => Number(form.exec(code)?.[1])).find((port) => port >= 1 && port <= 65_535);
  return definedly('port', found);
}

/** Only what needs no shell: images of Node apps have none. */
function migrateCommand({ scripts }: PackageJson): readonly string[] | undefined {
  const script = migrateScripts.map((name) => textOf(scripts?.[name])).find((text) => text !== undefined);
  return script !== undefined && /^node [\w./ =-]+$/.test(script) ? script.split(/ +/) : undefined;
}

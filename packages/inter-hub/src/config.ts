import * as z from 'zod';

/** How the hub was told to run: the environment, checked once at the start. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absent: an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** Absent only with the embedded database, whose data directory then keeps a generated one. */
  readonly sessionSecret?: string;
  readonly baseUrl: URL;
  readonly adminEmail?: string;
  /** Lets the smoke test of a deployment in, to look and to read. */
  readonly smokeKey?: string;
  /** Addresses or CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Anonymous clients may list hubs and their capabilities. */
  readonly publicDiscovery: boolean;
  /** Hosts, or `host:port`, that webhooks may lead to inside this network and without TLS. */
  readonly webhookHosts: readonly string[];
  readonly logLevel: string;
  /** How long a stopping hub answers "not ready" before it closes its port. */
  readonly drainMs: number;
}

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const environment = z.object({
  PORT: optional(z.coerce.number().int().min(0).max(65_535)),
  HOST: optional(z.string()),
  DATABASE_URL: optional(z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')),
  HUB_DATA_DIR: optional(z.string()),
  IHP_SESSION_SECRET: optional(z.string().min(32, 'needs at least 32 characters (openssl rand -hex 32)')),
  IHP_BASEURL: optional(z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })),
  /** Where an engine of railiance has its routes lead to this app: the address, unless another was given. */
  RAILIANCE_URL: optional(z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })),
  HUB_SMOKE_KEY: optional(z.string().regex(/^[\w-]{32,200}$/, 'needs 32 to 200 letters, digits, - or _')),
  HUB_ADMIN_EMAIL: optional(z.email('must be an e-mail address')),
  HUB_TRUSTED_PROXIES: optional(z.string()),
  HUB_PUBLIC_DISCOVERY: optional(z.stringbool()),
  HUB_WEBHOOK_HOSTS: optional(z.string()),
  HUB_LOG_LEVEL: optional(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])),
  HUB_DRAIN_MS: optional(z.coerce.number().int().min(0).max(60_000)),
});

/** What is wrong with the environment, one line for each variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError naming every variable that is missing or wrong; never with its value */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  const given = parsed.data;
  if (given.DATABASE_URL !== undefined && given.IHP_SESSION_SECRET === undefined) {
    throw new ConfigError('IHP_SESSION_SECRET: needed with DATABASE_URL (openssl rand -hex 32)');
  }
  const port = given.PORT ?? 8000;
  return {
    port,
    // Trying out stays on this machine; a deployment sits behind a router that must reach it.
    host: given.HOST ?? (given.DATABASE_URL === undefined ? '127.0.0.1' : '0.0.0.0'),
    ...(given.DATABASE_URL !== undefined && { databaseUrl: given.DATABASE_URL }),
    dataDir: given.HUB_DATA_DIR ?? 'inter-hub-data',
    ...(given.IHP_SESSION_SECRET !== undefined && { sessionSecret: given.IHP_SESSION_SECRET }),
    baseUrl: new URL(given.IHP_BASEURL ?? given.RAILIANCE_URL ?? `http://localhost:${port}`),
    ...(given.HUB_SMOKE_KEY !== undefined && { smokeKey: given.HUB_SMOKE_KEY }),
    ...(given.HUB_ADMIN_EMAIL !== undefined && { adminEmail: given.HUB_ADMIN_EMAIL }),
    trustedProxies: listOf(given.HUB_TRUSTED_PROXIES),
    webhookHosts: listOf(given.HUB_WEBHOOK_HOSTS),
    publicDiscovery: given.HUB_PUBLIC_DISCOVERY ?? false,
    logLevel: given.HUB_LOG_LEVEL ?? 'info',
    drainMs: given.HUB_DRAIN_MS ?? 1000,
  };
}

function listOf(text = ''): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

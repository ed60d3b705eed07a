import { loginOf, withConnection } from '../../database/connection.ts';
import { Secret } from '../../domain/secret.ts';
import type { Api } from '../../kubernetes/api.ts';
import { serviceOf, servicePods } from '../../kubernetes/serviceForward.ts';

/** A superuser's address, as apps of the cluster use it: the lab's own; a cluster of somebody else's names another. */
export const adminUrl =
  process.env.RAILIANCE_LAB_POSTGRES ?? 'postgresql://postgres:lab@pgpool.railiance-platform.svc:5432/postgres';

export type Rows = readonly Readonly<Record<string, string>>[];
export type Query = (sql: string) => Promise<Rows>;

/** The same server, another database. */
export function databaseUrl(name: string): string {
  return Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
}

/** Asks the cluster's PostgreSQL from here, by default as its superuser. */
export async function withPostgres<T>(api: Api, work: (query: Query) => Promise<T>, url = adminUrl): Promise<T> {
  const login = loginOf(new Secret(url));
  const service = serviceOf(login.host ?? '', 'default');
  const way = service && (await (await servicePods(api, service)).forward?.());
  const place = way && { host: way.host, port: way.port };
  try {
    return await withConnection({ ...login, ...place }, (client) =>
      work(async (sql) => (await client.query(sql)).rows),
    );
  } finally {
    way?.close();
  }
}

/** Drops the databases and roles whose names begin so. */
export async function dropDatabases(api: Api, beginning: string): Promise<void> {
  await withPostgres(api, async (query) => {
    const starts = (column: string) => `starts_with(${column}, '${beginning}')`;
    const databases = await query(`SELECT datname FROM pg_database WHERE ${starts('datname')}`);
    for (const { datname } of databases) await query(`DROP DATABASE "${datname}" WITH (FORCE)`);
    // A role that others were granted goes after them.
    const roles = await query(`SELECT rolname FROM pg_roles WHERE ${starts('rolname')} ORDER BY length(rolname) DESC`);
    for (const { rolname } of roles) await query(`DROP ROLE "${rolname}"`);
  });
}

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { Secret } from '../domain/secret.ts';
import type { Api } from '../kubernetes/api.ts';
import type { RecordPlace } from '../kubernetes/records.ts';
import { serviceOf, servicePods } from '../kubernetes/serviceForward.ts';
import { clusterRoleRecords } from './clusterRoleRecords.ts';
import { type Login, loginOf, urlOf, withConnection } from './connection.ts';
import type { DatabaseProvider } from './database.ts';
import { databaseNames } from './databaseNames.ts';
import { provisionDatabase } from './provision.ts';
import { turnLogin } from './turnLogin.ts';

export interface ClusterDatabaseOptions {
  readonly place: RecordPlace;
  /** Of a superuser, with the address as apps of the cluster use it. @throws Failure where it is not to be had */
  readonly adminUrl: () => Promise<Secret>;
}

/**
 * Roles and databases for apps on the PostgreSQL that the stage's settings name. It is a team's own server: nothing is touched
 * there but what is made here. A Service of the cluster is reached through the API server.
 */
export function createClusterDatabase({ place, adminUrl }: ClusterDatabaseOptions): DatabaseProvider {
  const records = clusterRoleRecords(place);

  async function connected<T>(use: (admin: Login) => Promise<T>): Promise<T> {
    const admin = loginOf(await adminUrl());
    const { host = '127.0.0.1', port } = admin;
    const way = await wayTo(place.api, host, place.namespace);
    const address = { host, port };
    try {
      return await use({ ...admin, address, ...(way && { host: way.host, port: way.port }) });
    } finally {
      way?.close();
    }
  }

  const version = async () =>
    await connected(async (admin) =>
      withConnection(admin, async (client) => {
        const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
        return rows[0]?.server_version ?? '';
      }),
    );

  return {
    async ensure() {
      await version().catch((error: unknown) => {
        if (error instanceof Failure) throw error;
        throw new Failure('reach the PostgreSQL of the stage', problemOf(error), {
          hint: 'database = { url = … } in the settings of the stage names a superuser, its password and the address',
          exitCode: exitCodes.dependencyMissing,
        });
      });
    },

    provision: (target, spec) =>
      connected(async (admin) => {
        const { current } = await records.turnOf(databaseNames(target, spec));
        return await provisionDatabase({ target, spec, admin, loginRole: current, passwordOf: records.passwordOf });
      }),

    async knownUrl(target, spec) {
      const names = databaseNames(target, spec);
      const { current } = await records.turnOf(names);
      const password = await records.knownPassword(current);
      return password && urlOf({ ...loginOf(await adminUrl()), user: current, password, database: names.database });
    },

    async nextLogin(target, spec) {
      return (await records.turnOf(databaseNames(target, spec))).next;
    },

    turnLogin: (target, spec, role) =>
      connected((admin) => turnLogin({ records, target, spec, admin, role, passwordOf: records.passwordOf })),

    async status() {
      const found = await version().catch(() => undefined);
      return found === undefined ? { running: false } : { running: true, version: found };
    },

    // The server is the team's.
    async stop() {},
  };
}

/** Undefined for an address that is reached from here as it is. */
async function wayTo(api: Api, host: string, namespace: string) {
  const service = serviceOf(host, namespace);
  if (!service || host === 'localhost') return undefined;
  if (!host.includes('.')) {
    throw new Failure(`reach the PostgreSQL at ${host}`, 'apps in other namespaces do not find it by that name', {
      hint: `write ${host}.<namespace>.svc`,
      exitCode: exitCodes.invalidInput,
    });
  }
  const { pods, forward } = await servicePods(api, service);
  if (forward) return await forward();
  const problem = pods === 0 ? 'no pod is behind it' : `none of its ${pods} pods is ready`;
  throw new Failure(`reach ${service.namespace}/${service.name}`, problem, {
    hint: `kubectl -n ${service.namespace} get endpointslices,pods`,
    exitCode: exitCodes.dependencyMissing,
  });
}

import type { DatabaseProvider } from '../database/database.ts';
import { databaseNames } from '../database/databaseNames.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { targetLabel } from '../domain/name.ts';
import { Secret } from '../domain/secret.ts';

/** A database provider without a server: its URLs lead nowhere. Passes the same contract as the real one. */
export function createFakeDatabase(): DatabaseProvider {
  const owners = new Map<string, string>();
  let running = false;

  return {
    async ensure() {
      running = true;
    },
    async provision(target, spec) {
      running = true;
      const { database, role } = databaseNames(target, spec);
      const created = !owners.has(`database ${database}`);
      for (const name of [`database ${database}`, `role ${role}`]) {
        const owner = owners.get(name) ?? target.app;
        if (owner !== target.app) {
          const action = `provision the database of ${targetLabel(target)}`;
          const exitCode = exitCodes.invalidInput;
          throw new Failure(action, `the ${name} belongs to the app ${owner}`, { exitCode });
        }
      }
      owners.set(`database ${database}`, target.app).set(`role ${role}`, target.app);
      const url = `postgresql://${encodeURIComponent(role)}:fake-password@127.0.0.1:1/${encodeURIComponent(database)}`;
      return { url: new Secret(url), created };
    },
    async status() {
      return running ? { running, version: '18.4', port: 1 } : { running };
    },
    async stop() {
      running = false;
    },
  };
}

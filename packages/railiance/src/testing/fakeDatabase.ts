import type { DatabaseProvider } from '../database/database.ts';
import { type DatabaseNames, databaseNames } from '../database/databaseNames.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { targetLabel } from '../domain/name.ts';
import { Secret } from '../domain/secret.ts';

/** A database provider without a server: its URLs lead nowhere. Passes the same contract as the real one. */
export function createFakeDatabase(): DatabaseProvider {
  const owners = new Map<string, string>();
  const turns = new Map<string, number>();
  let running = false;

  /** Odd turns log in as the owner's second role. */
  const loginAt = (names: DatabaseNames, turn: number) => (turn % 2 === 0 ? names.role : names.turn);

  const urlAt = (names: DatabaseNames) => {
    const turn = turns.get(names.role) ?? 0;
    const login = `${encodeURIComponent(loginAt(names, turn))}:fake-password${turn === 0 ? '' : `-${turn}`}`;
    return new Secret(`postgresql://${login}@127.0.0.1:1/${encodeURIComponent(names.database)}`);
  };

  return {
    async ensure() {
      running = true;
    },
    async provision(target, spec) {
      running = true;
      const names = databaseNames(target, spec);
      const { database, role } = names;
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
      return { url: urlAt(names), created };
    },
    async knownUrl(target, spec) {
      const names = databaseNames(target, spec);
      return owners.has(`role ${names.role}`) ? urlAt(names) : undefined;
    },
    async nextLogin(target, spec) {
      const names = databaseNames(target, spec);
      return loginAt(names, (turns.get(names.role) ?? 0) + 1);
    },
    async turnLogin(target, spec, role) {
      const names = databaseNames(target, spec);
      const turn = (turns.get(names.role) ?? 0) + 1;
      if (loginAt(names, turn) !== role) {
        throw new Failure(`turn the login of ${targetLabel(target)}`, 'somebody else did so in the meantime');
      }
      turns.set(names.role, turn);
    },
    async status() {
      return running ? { running, version: '18.4', port: 1 } : { running };
    },
    async stop() {
      running = false;
    },
  };
}

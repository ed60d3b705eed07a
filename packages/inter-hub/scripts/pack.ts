import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { bundle, packageDir } from './bundle.ts';

// Writes the hub to the folder named on the command line as railiance can deploy it from there: built, and with nothing
// left to build or to install.
const [, , target] = process.argv;
if (target === undefined) throw new Error('usage: pack.ts <folder>');
const folder = resolve(target);
await bundle(join(folder, 'dist'));

const app = await readFile(join(packageDir, 'app.toml'), 'utf8');
const built = app.replace(/^script = "build"\n/m, '').replace(/^omit = .*\n/m, '');
if (built === app) throw new Error('app.toml: nothing to build any more?');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'app.toml'), built);

const {
  name,
  version,
  license,
  type,
  scripts: own,
} = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
const scripts = { start: own.start };
await writeFile(
  join(folder, 'package.json'),
  `${JSON.stringify({ name, version, private: true, license, type, scripts }, null, 2)}\n`,
);

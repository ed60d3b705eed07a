import { cp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import './build.ts';

// The demo deploys the probe, so a published package brings its source along; the hub packs itself, after this.
const repositoryDir = fileURLToPath(new URL('../../..', import.meta.url));
const demoDir = fileURLToPath(new URL('../demo', import.meta.url));

await rm(demoDir, { recursive: true, force: true });
await cp(join(repositoryDir, 'examples/probe'), join(demoDir, 'probe'), {
  recursive: true,
  // Its tests want this repository around them; left here, `npm test` would run them too.
  filter: (path) => basename(path) !== 'node_modules' && !path.endsWith('.test.ts'),
});
await cp(join(repositoryDir, 'LICENSE'), fileURLToPath(new URL('../LICENSE', import.meta.url)));

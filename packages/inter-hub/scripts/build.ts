import { join } from 'node:path';

import { bundle, packageDir } from './bundle.ts';

await bundle(join(packageDir, 'dist'));

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { homeAt } from '../config/home.ts';
import { createSealedCopies } from './sealedCopies.ts';
import { sealedCopiesContract } from './sealedCopiesContract.ts';

const root = mkdtempSync(join(tmpdir(), 'railiance-copies-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;

sealedCopiesContract('files', async () => createSealedCopies(homeAt({ RAILIANCE_HOME: join(root, String(count++)) })));

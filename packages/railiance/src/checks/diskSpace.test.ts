import { tmpdir } from 'node:os';

import { checkContract } from './contract.ts';
import { diskSpaceCheck } from './diskSpace.ts';

checkContract('disk space', () => ({
  check: diskSpaceCheck,
  pass: { folder: tmpdir(), leastBytes: 1 },
  fail: { folder: tmpdir(), leastBytes: Number.MAX_SAFE_INTEGER },
  unknown: { folder: '/nowhere/at/all', leastBytes: 1 },
  asks: false,
  context: () => ({}),
}));

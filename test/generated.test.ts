import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { generatedFiles, repositoryDir } from '../packages/railiance/scripts/generated/files.ts';

for (const [path, content] of await generatedFiles()) {
  test(`${path} is what \`npm run generate\` writes`, async () => {
    assert.equal(await readFile(join(repositoryDir, path), 'utf8'), content, 'run: npm run generate');
  });
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { generatedFiles, repositoryDir } from './generated/files.ts';

for (const [path, content] of await generatedFiles()) {
  const file = join(repositoryDir, path);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === content) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  process.stdout.write(`wrote ${path}\n`);
}

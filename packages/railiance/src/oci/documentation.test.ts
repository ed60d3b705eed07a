import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startMemoryRegistry } from '../testing/memoryRegistry.ts';
import { scratchDirectory } from '../testing/scratch.ts';

const page = fileURLToPath(new URL('../../../../docs/reference/oci.md', import.meta.url));
// Where `railiance/oci` is this very package.
const cwd = fileURLToPath(new URL('../..', import.meta.url));

test('the examples of the reference do what they say, one after the other', async () => {
  const { host, close } = await startMemoryRegistry();
  const images = await scratchDirectory('documentation');
  const examples = [...readFileSync(page, 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const printed: string[] = [];
  for (const example of examples) {
    const code = example.replaceAll('127.0.0.1:5000', host).replaceAll('./images', images);
    const flags = ['--conditions=railiance-source', '--input-type=module', '--eval', code];
    printed.push((await promisify(execFile)(process.execPath, flags, { cwd })).stdout);
  }
  await close();
  assert.match(printed[0] ?? '', /^sha256:[0-9a-f]{64} [1-9][0-9]*\n$/);
  assert.equal(printed[1], 'v1\nlinux 1\ntrue 2\n');
  assert.match(printed[2] ?? '', /tag: 'v1'.* \[\] 0\n$/s);
});

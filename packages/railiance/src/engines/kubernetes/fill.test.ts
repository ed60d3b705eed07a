import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

import { scratchDirectory } from '../../testing/scratch.ts';
import { writeTree } from '../../testing/tree.ts';
import { type Filler, fillCommand } from './fill.ts';

const folder = await scratchDirectory('fill');
let count = 0;

/** Runs the command for an image that has files, and a volume that has others. */
async function fill(by: Filler, volume: Readonly<Record<string, string>>): Promise<string> {
  const [from, to] = ['image', 'volume'].map((name) => join(folder, String(count), name)) as [string, string];
  count += 1;
  await writeTree(from, { 'app.css': 'new', 'deep/er/page.html': 'page', '.hidden': 'too', link: '-> app.css' });
  await mkdir(to);
  await writeTree(to, volume);
  const [program = '', ...args] = fillCommand(from, by, to);
  await promisify(execFile)(program, args);
  return to;
}

for (const by of ['sh', 'node'] as const) {
  describe(`a volume that ${by} fills`, () => {
    test('gets all that the image has, links as links, while it is empty', async () => {
      const volume = await fill(by, {});
      assert.deepEqual((await readdir(volume)).sort(), ['.hidden', 'app.css', 'deep', 'link']);
      assert.equal(await readFile(join(volume, 'deep/er/page.html'), 'utf8'), 'page');
      assert.equal(await readlink(join(volume, 'link')), 'app.css');
    });

    test('counts as empty with nothing but the folder that a file system makes itself', async () => {
      const volume = await fill(by, { 'lost+found/.keep': '' });
      assert.ok((await readdir(volume)).includes('app.css'));
    });

    test('is left as it is where it has something', async () => {
      for (const file of ['app.css', '.hidden']) {
        const volume = await fill(by, { [file]: 'old' });
        assert.deepEqual(await readdir(volume), [file]);
        assert.equal(await readFile(join(volume, file), 'utf8'), 'old');
      }
    });

    test('is filled again where that was cut off', async () => {
      const volume = await fill(by, { '.railiance-filling': '', 'app.css': 'ne' });
      assert.deepEqual((await readdir(volume)).sort(), ['.hidden', 'app.css', 'deep', 'link']);
      assert.equal(await readFile(join(volume, 'app.css'), 'utf8'), 'new');
    });

    test('stays empty where the image has nothing there', async () => {
      const to = join(folder, `none-${by}`);
      await mkdir(to);
      const [program = '', ...args] = fillCommand(join(folder, 'nothing'), by, to);
      await promisify(execFile)(program, args);
      assert.deepEqual(await readdir(to), []);
    });
  });
}

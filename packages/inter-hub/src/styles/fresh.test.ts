import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packageDir = fileURLToPath(new URL('../../', import.meta.url));

test('static/app.css is what "npm run css" makes of the sources', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hub-css-'));
  const out = join(dir, 'app.css');
  const cli = join(packageDir, '../../node_modules/.bin/tailwindcss');
  await promisify(execFile)(cli, ['-i', 'src/styles/app.css', '-o', out, '--minify'], { cwd: packageDir });
  const [fresh, kept] = await Promise.all([
    readFile(out, 'utf8'),
    readFile(join(packageDir, 'static/app.css'), 'utf8'),
  ]);
  await rm(dir, { recursive: true });
  assert.ok(fresh === kept, 'run "npm run css -w inter-hub" and commit static/app.css');
});

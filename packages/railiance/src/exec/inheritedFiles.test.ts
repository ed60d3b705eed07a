import assert from 'node:assert/strict';
import { type StdioOptions, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';

test('what the starter of a process had open is closed, and what Node opened itself stays', () => {
  const open = openSync('/', 'r');
  const script = `
    const fs = await import('node:fs');
    const { closeInheritedFiles } = await import(${JSON.stringify(new URL('./inheritedFiles.ts', import.meta.url).href)});
    const own = fs.openSync(process.execPath);
    const before = fs.readlinkSync('/proc/self/fd/40');
    closeInheritedFiles();
    console.log(before, fs.existsSync('/proc/self/fd/40'), fs.fstatSync(own).isFile());
    setTimeout(() => console.log('still running'), 10);`;
  const ignored = Array.from({ length: 37 }, () => 'ignore' as const);
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit', ...ignored, open];
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { stdio });
  closeSync(open);
  assert.equal(String(stdout), '/ false true\nstill running\n');
});

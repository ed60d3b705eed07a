import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';

test('what the starter of a process had open is closed, and what Node opened itself stays', () => {
  const open = openSync('/', 'r');
  const script = `
    const fs = await import('node:fs');
    const { closeInheritedFiles } = await import(${JSON.stringify(new URL('./inheritedFiles.ts', import.meta.url).href)});
    const own = fs.openSync(process.execPath);
    const before = fs.readlinkSync('/proc/self/fd/7');
    closeInheritedFiles();
    console.log(before, fs.existsSync('/proc/self/fd/7'), fs.fstatSync(own).isFile());
    setTimeout(() => console.log('still running'), 10);`;
  const stdio = ['ignore', 'pipe', 'inherit', 'ignore', 'ignore', 'ignore', 'ignore', open] as const;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { stdio: [...stdio] });
  closeSync(open);
  assert.equal(String(stdout), '/ false true\nstill running\n');
});

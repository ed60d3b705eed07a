import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ImageProcess } from '../imageProcess.ts';
import { appCommand, environmentFor, initCommand } from './commands.ts';
import type { HostTools } from './hostTools.ts';
import { finishScript, setupScript } from './setupScript.ts';

const tools: HostTools = {
  path: (name) => `/bin/${name}`,
  inside: (name, from) => [`${from}ld.so`, `${from}bin/${name}`],
};

const app: ImageProcess = {
  argv: ['node', 'server.js', '-x'],
  env: { TOKEN: 's3cret', LD_PRELOAD: '/lib/jemalloc.so' },
  workingDir: '/app',
  uid: 1000,
  gid: 2000,
};

const dropped = 'ld.so bin/setpriv --no-new-privs --ambient-caps=-all --inh-caps=-all --bounding-set=-all --';
const last = `ld.so bin/env -C /app LD_PRELOAD=/lib/jemalloc.so node server.js -x`;

test('an ordinary user enters the user namespace first; the app gets one of its own', () => {
  assert.equal(
    appCommand(tools, 7, app, undefined).join(' '),
    `/bin/nsenter --target 7 --user --preserve-credentials --mount --pid --ipc --wd=/ -- ld.so bin/unshare --user --map-user=1000 --map-group=2000 --keep-caps -- ${dropped} ${last}`,
  );
});

test('root becomes another user before the app gets its namespace', () => {
  assert.equal(
    appCommand(tools, 7, app, 61000).join(' '),
    `/bin/nsenter --target 7 --mount --pid --ipc --wd=/ -- ld.so bin/setpriv --reuid=61000 --regid=61000 --clear-groups -- ld.so bin/unshare --user --map-user=1000 --map-group=2000 --keep-caps -- ${dropped} ${last}`,
  );
});

test('what would mislead the tools is not in their environment, and nothing else is in their arguments', () => {
  assert.deepEqual(environmentFor(app.env), { TOKEN: 's3cret' });
  assert.ok(!appCommand(tools, 7, app, undefined).join(' ').includes('s3cret'));
});

test('the parent-death signal is set after the user namespace, whose making clears it', () => {
  const command = initCommand(tools, 'script', false).join(' ');
  assert.match(
    command,
    /^\/bin\/unshare --user --map-root-user -- \/bin\/setpriv --pdeathsig KILL -- \/bin\/unshare --mount/,
  );
  assert.doesNotMatch(initCommand(tools, 'script', true).join(' '), /--user/);
});

test('paths of the image are used after the pivot only, and quoted', () => {
  const script = setupScript(
    {
      directory: "/home/o'neil/instance",
      layers: ['/a', '/b'],
      userAttributes: true,
      workingDir: '/app; reboot',
      volumes: [{ hostPath: '/v 1', path: '/data' }],
      files: [],
    },
    tools,
  );
  const lines = script.split('\n');
  const pivot = lines.findIndex((line) => line.includes('pivot_root'));
  assert.ok(pivot > 0);
  for (const [number, line] of lines.entries()) {
    if (line.includes('/app; reboot') || line.includes('/data')) assert.ok(number > pivot, line);
  }
  assert.ok(lines.includes("cd '/home/o'\\''neil/instance'"));
  assert.match(script, /'\/app; reboot'/);
  assert.match(script, /lowerdir=layers\/1:layers\/0,upperdir=upper,workdir=work,userxattr overlay root/);
  assert.match(script, /--bind '\/.host\/v 1' \/data/);
  assert.match(finishScript(tools), /umount -l \/.host\n/);
});

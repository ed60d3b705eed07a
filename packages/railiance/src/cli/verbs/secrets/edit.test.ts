import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { commandLine } from '../../../testing/commandLine.ts';
import { secretsRepository } from '../../../testing/secretsRepository.ts';

test('edit changes what the editor changes, in a private folder that is gone afterwards', async () => {
  const { cwd, env, read } = await secretsRepository('# note\nA: CANARY-one\nB: CANARY-two\n');
  const editor = join(cwd, 'home/editor');
  writeFileSync(
    editor,
    `#!/bin/sh\nstat -c '%a %n' "$1" "$(dirname "$1")" > ${cwd}/home/seen\ncp "$1" ${cwd}/home/copy\nsed -i s/two/three/ "$1"\n`,
    { mode: 0o755 },
  );
  const before = read();
  const edit = await commandLine(['secrets', 'edit', '--file', 'app.sops.yaml'], {
    cwd,
    env: { ...env, EDITOR: editor },
  });
  assert.equal(edit.exitCode, 0, edit.stderr);
  assert.equal(readFileSync(join(cwd, 'home/copy'), 'utf8'), '# note\nA: CANARY-one\nB: CANARY-two\n');
  const [file = '', folder = ''] = readFileSync(join(cwd, 'home/seen'), 'utf8').trim().split('\n');
  assert.match(file, /^600 .*app\.yaml$/);
  assert.match(folder, /^700 /);
  assert.equal(existsSync(folder.slice(4)), false);
  const changed = read()
    .split('\n')
    .filter((line) => !before.includes(line))
    .map((line) => line.trim().split(':')[0]);
  assert.deepEqual(
    changed.filter((name) => name !== 'lastmodified'),
    ['B', 'mac'],
  );
});

const noEdits = [
  ['an editor that fails', 'exit 3', 1],
  ['an editor that is killed', 'kill -9 $$', 1],
  ['an editor that changes nothing', 'true', 0],
] as const;
for (const [what, script, exitCode] of noEdits) {
  test(`${what} leaves the file byte for byte`, async () => {
    const { cwd, env, read } = await secretsRepository();
    const editor = join(cwd, 'home/editor');
    writeFileSync(editor, `#!/bin/sh\necho "$1" > ${cwd}/home/path\n${script}\n`, { mode: 0o755 });
    const before = read();
    const result = await commandLine(['secrets', 'edit', '--file', 'app.sops.yaml'], {
      cwd,
      env: { ...env, EDITOR: editor },
    });
    assert.equal(result.exitCode, exitCode);
    assert.equal(read(), before);
    assertGone(cwd);
  });
}

test('an editor that is not there is named, and nothing is left of the plain text', async () => {
  const { cwd, env, read } = await secretsRepository();
  const before = read();
  const result = await commandLine(['secrets', 'edit', '--file', 'app.sops.yaml'], {
    cwd,
    env: { ...env, XDG_RUNTIME_DIR: '', EDITOR: 'no-such-editor' },
  });
  assert.equal(result.exitCode, 6);
  assert.match(result.stderr, /no-such-editor.*no such program/);
  assert.doesNotMatch(result.stderr, /still at/);
  assert.equal(read(), before);
});

function assertGone(cwd: string): void {
  const path = readFileSync(join(cwd, 'home/path'), 'utf8').trim();
  assert.equal(existsSync(dirname(path)), false, `${path} is gone`);
}

test('told twice to end while the editor is open, it leaves at once, and the plain text with it', async () => {
  const { cwd, env, read } = await secretsRepository();
  const editor = join(cwd, 'home/editor');
  const script = `echo "$1" > ${cwd}/home/path; kill -TERM $PPID; sleep 0.3; kill -TERM $PPID; sleep 0.3`;
  writeFileSync(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const program = fileURLToPath(new URL('../../../../bin/railiance.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'secrets', 'edit', '--file', 'app.sops.yaml'], {
    cwd,
    env: { ...env, EDITOR: editor },
    stdio: 'ignore',
  });
  const before = read();
  assert.deepEqual(await once(child, 'exit'), [143, null]);
  assertGone(cwd);
  assert.equal(read(), before);
});

test('an edit that is no YAML is refused and kept', async () => {
  const { cwd, env, read } = await secretsRepository();
  const editor = join(cwd, 'home/editor');
  writeFileSync(editor, '#!/bin/sh\nprintf "a: [" > "$1"\n', { mode: 0o755 });
  const before = read();
  const result = await commandLine(['secrets', 'edit', '--file', 'app.sops.yaml'], {
    cwd,
    env: { ...env, EDITOR: editor },
  });
  assert.equal(result.exitCode, 2);
  assert.equal(read(), before);
  const kept = /still at (\S+):/.exec(result.stderr)?.[1] ?? '';
  assert.equal(readFileSync(kept, 'utf8'), 'a: [');
  rmSync(join(kept, '..'), { recursive: true });
});

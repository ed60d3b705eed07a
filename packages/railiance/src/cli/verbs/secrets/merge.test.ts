import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { identity, recipient } from '../../../secrets/sops/testKeys.ts';

const root = mkdtempSync(join(tmpdir(), 'railiance-merge-'));
after(() => rmSync(root, { recursive: true }));
const program = fileURLToPath(new URL('../../../../bin/railiance.js', import.meta.url));
const bin = join(root, 'bin');
mkdirSync(bin);
const script = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
writeFileSync(join(bin, 'railiance'), script, { mode: 0o755 });
const { NODE_COMPILE_CACHE } = process.env;
const surroundings = { PATH: `${bin}:${process.env.PATH}`, NODE_COMPILE_CACHE, SOPS_AGE_KEY: identity };

const command = join(bin, 'railiance');

let count = 0;
function repository() {
  const cwd = join(root, `r${count++}`);
  mkdirSync(cwd);
  const env = { ...surroundings, HOME: cwd, GIT_CONFIG_GLOBAL: '/dev/null' };
  const run = (file: string, ...args: string[]) => {
    try {
      const stdout = execFileSync(file, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      return { exitCode: 0, stdout, stderr: '' };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { exitCode: status, stdout, stderr };
    }
  };
  const git = (...args: string[]) => run('git', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args);
  const railiance = (...args: string[]) => run(command, 'secrets', ...args);
  const set = (name: string, value: string) =>
    execFileSync(command, ['secrets', 'set', name, '--file', 'app.sops.yaml'], {
      cwd,
      env,
      input: value,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  git('init', '-q', '-b', 'main');
  writeFileSync(join(cwd, 'app.sops.yaml'), 'A: CANARY-one\nB: CANARY-two\nC: CANARY-three\n');
  railiance('encrypt', '--in-place', 'app.sops.yaml', '--recipient', recipient);
  assert.equal(railiance('merge', '--install').exitCode, 0);
  git('add', '.');
  git('commit', '-qm', 'base');
  const branch = (name: string, value: string, on: string) => {
    git('checkout', '-q', '-b', on, 'main');
    set(name, value);
    git('commit', '-qam', `${on} sets ${name}`);
  };
  return { cwd, git, railiance, branch, text: () => readFileSync(join(cwd, 'app.sops.yaml'), 'utf8') };
}

test('Git merges two branches that changed different keys, without a conflict', () => {
  const { git, railiance, branch, cwd } = repository();
  assert.match(readFileSync(join(cwd, '.gitattributes'), 'utf8'), /^\*\.sops\.yaml merge=railiance-sops$/m);
  branch('A', 'CANARY-left', 'left');
  branch('B', 'CANARY-right', 'right');
  const merge = git('merge', 'left', '-m', 'merged');
  assert.equal(merge.exitCode, 0, merge.stderr);
  assert.equal(railiance('decrypt', 'app.sops.yaml').stdout, 'A: CANARY-left\nB: CANARY-right\nC: CANARY-three\n');
  assert.match(railiance('merge', '--install').stdout, /already/);
});

test('the same key on both sides is a conflict that a person can read and settle, without a plain value on disk', () => {
  const { git, railiance, branch, text, cwd } = repository();
  branch('A', 'CANARY-left', 'left');
  branch('A', 'CANARY-right', 'right');
  const merge = git('merge', 'left', '-m', 'merged');
  assert.equal(merge.exitCode, 1);
  assert.match(merge.stdout + merge.stderr, /both sides changed A/);
  assert.match(text(), /^<<<<<<< ours\nA: ENC\[[^\n]*\n=======\nA: ENC\[[^\n]*\n>>>>>>> theirs\nB: ENC/);
  assert.doesNotMatch(text(), /CANARY/);
  assert.equal(railiance('decrypt', 'app.sops.yaml').exitCode, 2, 'it cannot be deployed by accident');
  const check = railiance('check');
  assert.equal(check.exitCode, 4);
  assert.match(check.stdout, /merge conflicts/);
  const conflict = text();
  assert.equal(railiance('merge', '--theirs', 'app.sops.yaml').exitCode, 0);
  assert.match(railiance('decrypt', 'app.sops.yaml').stdout, /^A: CANARY-left\nB: CANARY-two\n/);
  writeFileSync(join(cwd, 'app.sops.yaml'), conflict);
  assert.equal(railiance('merge', '--ours', 'app.sops.yaml').exitCode, 0);
  assert.match(railiance('decrypt', 'app.sops.yaml').stdout, /^A: CANARY-right\n/);
  assert.equal(git('grep', '-l', 'CANARY').exitCode, 1, 'nothing in plain text in the work tree');
});

test('edit shows both sides of a conflict in plain text, and encrypts what the person made of them', () => {
  const { git, branch, cwd, railiance } = repository();
  branch('A', 'CANARY-left', 'left');
  branch('A', 'CANARY-right', 'right');
  git('merge', 'left', '-m', 'merged');
  const editor = join(cwd, '.git', 'editor');
  writeFileSync(editor, `#!/bin/sh\ncp "$1" ${cwd}/.git/shown\nprintf 'A: CANARY-both\\nB: x\\n' > "$1"\n`, {
    mode: 0o755,
  });
  execFileSync(command, ['secrets', 'edit', '--file', 'app.sops.yaml'], {
    cwd,
    env: { ...surroundings, HOME: cwd, EDITOR: editor },
    stdio: 'pipe',
  });
  const shown =
    '<<<<<<< ours\nA: CANARY-right\n=======\nA: CANARY-left\n>>>>>>> theirs\nB: CANARY-two\nC: CANARY-three\n';
  assert.equal(readFileSync(join(cwd, '.git/shown'), 'utf8'), shown);
  assert.equal(railiance('decrypt', 'app.sops.yaml').stdout, 'A: CANARY-both\nB: x\n');
});

test('exec becomes the command, with the secrets in its environment', () => {
  const { railiance } = repository();
  const script = 'echo "$A $SOPS_AGE_KEY_SET $PPID"; kill -TERM $$';
  const result = railiance('exec', '--file', 'app.sops.yaml', '--', 'sh', '-c', `${script}`);
  assert.match(result.stdout, /^CANARY-one {2}\d+\n$/);
  assert.equal(result.exitCode, null, 'it was the command that the signal ended');
  assert.equal(railiance('exec', '--file', 'app.sops.yaml', '--', 'sh', '-c', 'exit 7').exitCode, 7);
  const pristine = railiance('exec', '--pristine', '--file', 'app.sops.yaml', '--', 'env').stdout;
  assert.doesNotMatch(pristine, /AGE-SECRET/);
  assert.equal(railiance('exec', '--file', 'app.sops.yaml', '--', 'no-such-program').exitCode, 6);
});

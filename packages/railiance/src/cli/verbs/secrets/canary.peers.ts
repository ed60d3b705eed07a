import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createRedactor } from '../../../exec/redact.ts';
import { identity, otherRecipient, recipient } from '../../../secrets/sops/testKeys.ts';
import { peer } from '../../../testing/peers.ts';

const strace = peer('strace');
const sops = peer('sops');
const program = fileURLToPath(new URL('../../../../bin/railiance.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'railiance-canary-'));
after(() => rmSync(root, { recursive: true }));

const canaries = [
  'CANARY-7f3a-plain value',
  'CANARY/b64+url&value=%',
  'CANARY-multi\nline-value',
  'CANARY-written-by-set',
];
const keyText = identity;
/** Finds every canary in every form: as it is, base64 at any alignment, URL-encoded, JSON-escaped, split by wrapping. */
const redact = createRedactor([...canaries, keyText]);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test('no secret in any output, file or argument list of any verb, as strace sees every process', {
  timeout: 280_000,
}, () => {
  const cwd = join(root, 'repository');
  mkdirSync(join(cwd, 'home'), { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: join(cwd, 'home'),
    RAILIANCE_HOME: join(cwd, 'home/state'),
    SOPS_AGE_KEY: identity,
    GIT_CONFIG_GLOBAL: '/dev/null',
    EDITOR: 'sed -i s/7f3a/7f3b/',
    TMPDIR: join(cwd, 'home'),
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd, env, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  const file = join(cwd, 'app.sops.yaml');
  const [one = '', two = '', three = ''] = canaries;
  writeFileSync(file, `A: ${JSON.stringify(one)}\nB: ${JSON.stringify(two)}\nC: ${JSON.stringify(three)}\n`);
  const trace = join(root, 'trace');
  let traced = '';
  const run = (words: readonly string[], input = '') => {
    const argv = [
      '-f',
      '-qq',
      '-s',
      '100000',
      '-e',
      'trace=execve',
      '-o',
      trace,
      process.execPath,
      program,
      'secrets',
      ...words,
    ];
    const { stdout, stderr } = spawnSync(strace, argv, { cwd, env, encoding: 'utf8', input });
    // Its environment may hold secrets (exec is for that); its arguments may not.
    traced += readFileSync(trace, 'utf8');
    return stdout + stderr;
  };
  const outputs = [
    run(['encrypt', '--in-place', 'app.sops.yaml', '--recipient', recipient]),
    run(['set', 'D', '--file', 'app.sops.yaml'], canaries[3]),
    run(['set', 'D', '--file', 'app.sops.yaml', '--debug', '--typed'], canaries[3]),
    run(['list', '--file', 'app.sops.yaml']),
    run(['edit', '--file', 'app.sops.yaml']),
    run(['rotate-key', '--file', 'app.sops.yaml']),
    run(['add-recipient', otherRecipient, '--file', 'app.sops.yaml']),
    run(['remove-recipient', otherRecipient, '--file', 'app.sops.yaml', '--debug']),
    run(['merge', '--install']),
  ];
  git('add', '.gitattributes', 'app.sops.yaml');
  git('commit', '-qm', 'first');
  outputs.push(
    run(['rotate', 'D', '--keep-previous', '--file', 'app.sops.yaml']),
    run(['diff', '--file', 'app.sops.yaml', '--json']),
    run(['check', 'app.sops.yaml']),
    run(['exec', '--file', 'app.sops.yaml', '--', 'true']),
    run(['init', '--file', 'new.sops.yaml']),
    run(['unset', 'B', '--file', 'app.sops.yaml']),
  );
  assert.match(execFileSync(sops, ['decrypt', file], { env, encoding: 'utf8' }), /CANARY-7f3b-plain value/);
  assert.notEqual(
    redact(`x ${Buffer.from(one).toString('base64')}`),
    `x ${Buffer.from(one).toString('base64')}`,
    'a canary is found',
  );
  for (const output of outputs) assert.equal(redact(output), output);
  assert.match(traced, /execve\("[^"]*\/git"/);
  assert.match(traced, /execve\("[^"]*\/sed"/);
  assert.equal(redact(traced), traced, 'argument lists');
  const written = filesBelow(cwd);
  assert.ok(written.length > 10, written.join('\n'));
  for (const path of written) {
    const bytes = readFileSync(path).toString('latin1');
    assert.equal(redact(bytes), bytes, path);
  }
});

import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { identity, otherIdentity, otherRecipient, recipient } from '../../../secrets/sops/testKeys.ts';
import { commandLine } from '../../../testing/commandLine.ts';
import { secretsRepository } from '../../../testing/secretsRepository.ts';

test('recipients come and go', async () => {
  const { run, cwd, env } = await secretsRepository();
  const asOther = (words: string) =>
    commandLine(['secrets', ...words.split(' ')], { cwd, env: { ...env, SOPS_AGE_KEY: otherIdentity } });
  const refused = await asOther('get A --file app.sops.yaml');
  assert.equal(refused.exitCode, 6);
  assert.match(refused.stderr, new RegExp(recipient));
  assert.equal((await run(`add-recipient ${otherRecipient} --file app.sops.yaml`)).exitCode, 0);
  assert.equal((await asOther('get A --file app.sops.yaml')).stdout, 'CANARY-one');
  assert.equal((await run(`remove-recipient ${otherRecipient} --file app.sops.yaml`)).exitCode, 0);
  assert.equal((await asOther('get A --file app.sops.yaml')).exitCode, 6);
  assert.equal((await run(`remove-recipient ${recipient} --file app.sops.yaml`)).exitCode, 6, 'not the only one');
});

test('what is no public key is told from one that is left to sops', async () => {
  const { run } = await secretsRepository();
  const mistyped = await run(`add-recipient ${otherRecipient.replace(/.$/, 'q')} --file app.sops.yaml`);
  assert.equal(mistyped.exitCode, 2, mistyped.stderr);
  assert.match(mistyped.stderr, /is not an age public key/);
  const plugin = await run(
    'add-recipient age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t --file app.sops.yaml',
  );
  assert.equal(plugin.exitCode, 6);
  assert.match(plugin.stderr, /hint: use sops itself/);
});

test('keygen makes a key once, for this user alone', async () => {
  const { run, env } = await secretsRepository();
  const first = await run('keygen');
  const file = join(env.HOME ?? '', '.config/sops/age/keys.txt');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(first.stdout, /^age1[0-9a-z]{58}\n$/);
  assert.doesNotMatch(first.stdout + first.stderr, /AGE-SECRET/);
  assert.equal((await run('keygen')).stdout, first.stdout, 'the key that is there is kept');
});

test('a key file that others can read is warned of, and used', async () => {
  const { cwd, env } = await secretsRepository();
  const file = join(cwd, 'home/key');
  writeFileSync(file, `# mine\n${identity}\n`, { mode: 0o644 });
  const { SOPS_AGE_KEY: _none, ...rest } = env;
  const result = await commandLine(['secrets', 'get', 'A', '--file', 'app.sops.yaml'], {
    cwd,
    env: { ...rest, SOPS_AGE_KEY_FILE: file },
  });
  assert.equal(result.stdout, 'CANARY-one');
  assert.match(result.stderr, /warning: .*home\/key holds private keys and others may read it \(mode 644\)/);
});

test('keys come from a command, without a shell', async () => {
  const { cwd, env } = await secretsRepository();
  writeFileSync(join(cwd, 'home/my key'), `${identity}\n`, { mode: 0o600 });
  const { SOPS_AGE_KEY: _none, ...rest } = env;
  const get = (command: string) =>
    commandLine(['secrets', 'get', 'A', '--file', 'app.sops.yaml'], {
      cwd,
      env: { ...rest, SOPS_AGE_KEY_CMD: command },
    });
  assert.equal((await get(`cat '${join(cwd, 'home/my key')}'`)).stdout, 'CANARY-one');
  const marker = join(cwd, 'home/ran');
  const injected = await get(`cat x; touch ${marker}`);
  assert.notEqual(injected.exitCode, 0);
  assert.equal(existsSync(marker), false);
});

const badKeys = [
  'AGE-SECRET-KEY-1CANARY',
  'ssh-ed25519 CANARY',
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  'age-encryption.org/v1\nx',
];
for (const key of badKeys) {
  test(`a key that begins with ${key.slice(0, 14)} and is none is refused without being repeated`, async () => {
    const { cwd, env } = await secretsRepository();
    const result = await commandLine(['secrets', 'get', 'A', '--file', 'app.sops.yaml'], {
      cwd,
      env: { ...env, SOPS_AGE_KEY: key },
    });
    assert.equal(result.exitCode, 2);
    assert.match(result.stderr, /\$SOPS_AGE_KEY/);
    assert.doesNotMatch(result.stderr, /CANARY/);
  });
}

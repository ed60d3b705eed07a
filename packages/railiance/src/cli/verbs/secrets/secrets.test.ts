import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { homeAt } from '../../../config/home.ts';
import { Secret } from '../../../domain/secret.ts';
import { createFileReleaseStore } from '../../../releases/fileReleaseStore.ts';
import { createFileSecretStore } from '../../../secrets/fileSecretStore.ts';
import { createFileRevocations } from '../../../secrets/revocations.ts';
import { otherRecipient, recipient } from '../../../secrets/sops/testKeys.ts';
import { commandLine } from '../../../testing/commandLine.ts';
import { sampleRelease } from '../../../testing/sampleRelease.ts';
import { secretsRepository } from '../../../testing/secretsRepository.ts';

test('set reads its value from standard input and changes its line, the MAC and (in another second) the time', async () => {
  const { run, git } = await secretsRepository();
  const set = await run('set B --file app.sops.yaml', 'CANARY-new\n');
  assert.deepEqual([set.exitCode, set.stderr], [0, '']);
  assert.equal((await run('get B --file app.sops.yaml')).stdout, 'CANARY-new');
  assert.match(await git('diff', '--shortstat'), /[23] insertions\(\+\), [23] deletions\(-\)/);
  assert.doesNotMatch(set.stdout + (await git('diff')), /CANARY/);
});

test('set takes no value from an argument, and does not repeat one', async () => {
  const { run, read } = await secretsRepository();
  const before = read();
  const result = await run('set B=CANARY-argument --file app.sops.yaml');
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /shell history/);
  assert.doesNotMatch(result.stderr, /CANARY/);
  assert.equal((await run('set B --file app.sops.yaml', '')).exitCode, 2, 'an empty input is no value');
  assert.equal(read(), before);
});

test('a file keeps its mode, and a link stays a link', async () => {
  const { run, cwd, file } = await secretsRepository();
  chmodSync(file, 0o640);
  symlinkSync('app.sops.yaml', join(cwd, 'link.sops.yaml'));
  assert.equal((await run('set B --file link.sops.yaml', 'x')).exitCode, 0);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.includes('tmp')),
    [],
  );
  assert.equal((await run('get B --file app.sops.yaml')).stdout, 'x');
});

test('list needs no key and shows names alone', async () => {
  const { cwd, env } = await secretsRepository('A: CANARY\nB_unencrypted: shown\n');
  const { SOPS_AGE_KEY: _none, ...keyless } = env;
  const result = await commandLine(['secrets', 'list', '--file', 'app.sops.yaml', '--json'], { cwd, env: keyless });
  const document = JSON.parse(result.stdout);
  assert.deepEqual(document.names, [
    { name: 'A', encrypted: true },
    { name: 'B_unencrypted', encrypted: false },
  ]);
  assert.deepEqual(document.recipients, [recipient]);
});

test('unset, rotate and rotate-key change what they say', async () => {
  const { run, read } = await secretsRepository(`A: one\nB: ${'0a'.repeat(32)}\n`);
  assert.equal((await run('unset A --file app.sops.yaml')).exitCode, 0);
  assert.equal((await run('rotate B --keep-previous --file app.sops.yaml')).exitCode, 0);
  const fresh = (await run('get B --file app.sops.yaml')).stdout;
  assert.match(fresh, /^[0-9a-f]{64}$/);
  assert.equal((await run('get B_PREVIOUS --file app.sops.yaml')).stdout, '0a'.repeat(32));
  assert.equal((await run('rotate B --file app.sops.yaml')).exitCode, 0);
  assert.equal((await run('get B_PREVIOUS --file app.sops.yaml')).stdout, fresh, 'the one before is carried on');
  const before = read();
  assert.equal((await run('rotate-key --file app.sops.yaml')).exitCode, 0);
  const common = read()
    .split('\n')
    .filter((line) => line.includes('ENC[') && before.includes(line));
  assert.deepEqual(common, [], 'every ciphertext is new');
});

test('a database address is not made up', async () => {
  const { run } = await secretsRepository('DATABASE_URL: postgresql://u:CANARY@h/d\n');
  const result = await run('rotate DATABASE_URL --file app.sops.yaml');
  assert.equal(result.exitCode, 2);
  assert.doesNotMatch(result.stderr, /CANARY/);
});

test('diff shows names of what differs in value', async () => {
  const { run } = await secretsRepository();
  await run('rotate-key --file app.sops.yaml');
  assert.match((await run('diff --file app.sops.yaml')).stdout, /holds the same/);
  await run('set A --file app.sops.yaml', 'CANARY-changed');
  await run('set NEW --file app.sops.yaml', 'CANARY-new');
  await run('unset B --file app.sops.yaml');
  const { stdout } = await run('diff --file app.sops.yaml --json');
  assert.deepEqual(JSON.parse(stdout).changes, [
    { name: 'A', change: 'changed' },
    { name: 'NEW', change: 'added' },
    { name: 'B', change: 'removed' },
  ]);
  assert.doesNotMatch(stdout, /CANARY/);
  assert.equal((await run('diff --output=x --file app.sops.yaml')).exitCode, 2, 'a revision is no option of git');
});

test('check finds what is open, missing, conflicting or copied elsewhere', async () => {
  const { cwd, run } = await secretsRepository('TOKEN: CANARY-a-long-token\n');
  assert.equal((await run('check')).exitCode, 0);
  writeFileSync(join(cwd, 'plain.sops.yaml'), 'A: CANARY-plain\n');
  writeFileSync(join(cwd, 'README.md'), `# readme\nuse ${Buffer.from('CANARY-a-long-token').toString('base64')}\n`);
  writeFileSync(
    join(cwd, 'half.sops.yaml'),
    readFileSync(join(cwd, 'app.sops.yaml'), 'utf8').replace(/^TOKEN/, 'ADDED: CANARY-by-hand\nTOKEN'),
  );
  const result = await run('check --json');
  assert.equal(result.exitCode, 4);
  assert.doesNotMatch(result.stdout, /CANARY/);
  const found = JSON.parse(result.stdout).findings.map(
    ({ file, line }: { file: string; line?: number }) => `${file}:${line ?? ''}`,
  );
  assert.deepEqual(found.sort(), ['README.md:2', 'half.sops.yaml:', 'half.sops.yaml:1', 'plain.sops.yaml:']);
  assert.equal((await run('check app.sops.yaml')).exitCode, 0, 'only the files named');
  const committing = await run('check README.md');
  assert.equal(committing.exitCode, 4, 'for values of all files');
  assert.match(committing.stdout, /README\.md:2: the value of a secret stands here in plain text/);
});

test('check misses what an app requires in a file that it does not name, or that is not there', async () => {
  const { cwd, run } = await secretsRepository();
  const required = (more = '') =>
    `[app]\nname = "Probe"\nslug = "probe"\n[secrets]\nrequired = ["A", "SESSION", "DATABASE_URL"]\n${more}`;
  const made = 'generate = ["SESSION"]\n[database]\n';
  writeFileSync(join(cwd, 'app.toml'), required(made));
  const missing = await run('check');
  assert.equal(missing.exitCode, 4);
  assert.match(missing.stdout, /deploy\/railiance\/secrets\/probe\.env\.sops\.yaml: read .*: there is no such file/);
  await run('init');
  const empty = await run('check');
  assert.match(empty.stdout, /probe\.env\.sops\.yaml: A is required, and empty/);
  await run('set A', 'a value');
  const complete = await run('check');
  assert.equal(complete.exitCode, 0, complete.stdout);
  writeFileSync(join(cwd, 'app.toml'), required());
  assert.match((await run('check --without-keys')).stdout, /SESSION is required, and missing/);
});

test('encrypt refuses what is encrypted, and nobody to open it', async () => {
  const { run, cwd } = await secretsRepository();
  assert.match((await run(`encrypt app.sops.yaml --recipient ${recipient}`)).stderr, /encrypted already/);
  writeFileSync(join(cwd, 'new.yaml'), 'a: 1\n');
  assert.match((await run('encrypt new.yaml')).stderr, /who may open it/);
  assert.match(
    (await run('encrypt new.yaml --recipient age1nonsense')).stderr,
    /no age public key|not an age public key/,
  );
  assert.equal(readFileSync(join(cwd, 'new.yaml'), 'utf8'), 'a: 1\n');
  const printed = await run(`encrypt new.yaml --recipient ${recipient}`);
  assert.match(printed.stdout, /^a: ENC\[/);
});

test('init makes the rule and the file, and sops’ rule serves the next file', async () => {
  const { run, cwd } = await secretsRepository();
  const result = await run(`init --file deploy/secrets/probe.env.sops.yaml --recipient ${otherRecipient}`);
  assert.equal(result.exitCode, 0, result.stderr);
  writeFileSync(join(cwd, 'deploy/secrets/other.env.sops.yaml'), 'A: x\n');
  assert.equal((await run('encrypt --in-place deploy/secrets/other.env.sops.yaml')).exitCode, 0);
  const { recipients } = JSON.parse((await run('list --file deploy/secrets/other.env.sops.yaml --json')).stdout);
  assert.deepEqual(recipients, [recipient, otherRecipient]);
  assert.equal(
    (await run('init --file deploy/secrets/probe.env.sops.yaml')).exitCode,
    2,
    'never over a file that is there',
  );
});

test('what is left to sops is said so', async () => {
  const { run, cwd } = await secretsRepository();
  writeFileSync(join(cwd, 'x.ini'), '[a]\nb=1\n');
  assert.match((await run(`encrypt x.ini --recipient ${recipient}`)).stderr, /sops itself/);
  writeFileSync(join(cwd, '.sops.yaml'), 'creation_rules: [{kms: arn:aws:kms:x}]\n');
  writeFileSync(join(cwd, 'n.yaml'), 'a: 1\n');
  const result = await run('encrypt n.yaml');
  assert.equal(result.exitCode, 6);
  assert.match(result.stderr, /kms, which is left to sops/);
});

test('revoke bars every release that holds the leaked value, and says which', async () => {
  const { run, env } = await secretsRepository();
  const home = homeAt(env);
  const store = createFileSecretStore({ home });
  const releases = createFileReleaseStore({ home });
  const target = { app: 'probe', stage: 'canary' };
  const leaky = await store.put(target, { TOKEN: new Secret('CANARY-leaked') });
  const fine = await store.put(target, { TOKEN: new Secret('CANARY-other') });
  await releases.record(sampleRelease('one', { secrets: { version: leaky, names: ['TOKEN'] } }), 1);
  await releases.record(sampleRelease('two', { secrets: { version: fine, names: ['TOKEN'] } }), 1);
  const result = await run('revoke TOKEN --reason seen --json', 'CANARY-leaked');
  assert.equal(result.exitCode, 0, result.stderr);
  assert.deepEqual(JSON.parse(result.stdout).barred, [{ ...target, version: leaky, releases: [1] }]);
  const revocations = createFileRevocations(home);
  assert.equal((await revocations.of(target, leaky))?.reason, 'seen');
  assert.equal(await revocations.of(target, fine), undefined);
  assert.doesNotMatch(result.stdout + JSON.stringify(await revocations.list(target)), /CANARY/);
  assert.equal((await run('revoke TOKEN', 'CANARY-unknown')).exitCode, 2);
  const taken = await run('revoke TOKEN --release 2 --app probe --json');
  assert.deepEqual(JSON.parse(taken.stdout).barred, [{ ...target, version: fine, releases: [2] }]);
  assert.match((await run('revoke OTHER --release 2 --app probe')).stderr, /has no such secret/);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { createLocalExec } from '../exec/localExec.ts';
import { commandLine } from '../testing/commandLine.ts';
import { peer } from '../testing/peers.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { readAppSecrets } from './appSecrets.ts';
import { identity, otherIdentity, otherRecipient, recipient } from './sops/testKeys.ts';

const sops = peer('sops');
const cwd = await scratchDirectory('sops-program');
const env = {
  HOME: cwd,
  PATH: `${dirname(sops)}:${process.env.PATH}`,
  SOPS_AGE_KEY: `${identity}\n${otherIdentity}`,
  SOPS_DISABLE_VERSION_CHECK: '1',
};
const without = { ...env, PATH: cwd };
const sopsIn = (...args: string[]) => execFileSync(sops, args, { cwd, env, encoding: 'utf8' });

test('an INI file is opened by sops where there is one, and refused with its name where there is none', async () => {
  writeFileSync(join(cwd, 'plain.ini'), '[database]\npassword = CANARY-ini\n');
  writeFileSync(join(cwd, 'app.ini'), sopsIn('encrypt', '--age', recipient, 'plain.ini'));
  const opened = await commandLine(['secrets', 'decrypt', 'app.ini'], { cwd, env });
  assert.equal(opened.exitCode, 0, opened.stderr);
  assert.equal(opened.stdout, sopsIn('decrypt', 'app.ini'));
  assert.match(opened.stdout, /password *= CANARY-ini/);
  const refused = await commandLine(['secrets', 'decrypt', 'app.ini'], { cwd, env: without });
  assert.equal(refused.exitCode, 6);
  assert.match(refused.stderr, /hint: sops itself reads the other formats/);
  const changed = await commandLine(['secrets', 'set', 'x', '--file', 'app.ini'], { cwd, env, input: 'y' });
  assert.equal(changed.exitCode, 6, 'changing is left to sops');
});

test('a file of Shamir groups serves a deploy, every number as it was written', async () => {
  const groups = [recipient, otherRecipient].map((key) => ({ age: [key] }));
  const rules = { creation_rules: [{ shamir_threshold: 2, key_groups: groups }] };
  writeFileSync(join(cwd, '.sops.yaml'), JSON.stringify(rules));
  writeFileSync(join(cwd, 'app.yaml'), 'TOKEN: CANARY-shared\nSERIAL: 9007199254740993\nRATE: 1.50\nON: true\n');
  sopsIn('encrypt', '--in-place', 'app.yaml');
  const sources = { env, exec: createLocalExec(), warn: (warning: string) => assert.fail(warning), cwd };
  const { values } = await readAppSecrets(join(cwd, 'app.yaml'), sources);
  const revealed = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.reveal()]));
  assert.deepEqual(revealed, { TOKEN: 'CANARY-shared', SERIAL: '9007199254740993', RATE: '1.5', ON: 'true' });
  await assert.rejects(readAppSecrets(join(cwd, 'app.yaml'), { ...sources, env: without }), /Shamir/);
});

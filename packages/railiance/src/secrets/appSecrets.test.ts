import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';

import { createLocalExec } from '../exec/localExec.ts';
import { readAppSecrets, readSecretNames } from './appSecrets.ts';
import type { KeySources } from './openSecrets.ts';
import { encryptText } from './sops/index.ts';
import { identity, recipient } from './sops/testKeys.ts';

const folder = mkdtempSync(join(tmpdir(), 'railiance-app-secrets-'));
after(() => rmSync(folder, { recursive: true }));

const sources: KeySources = {
  env: { HOME: folder, PATH: folder, SOPS_AGE_KEY: identity },
  exec: createLocalExec(),
  warn: (warning) => assert.fail(warning),
};

async function file(name: string, plain: string): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await encryptText(plain, { format: 'yaml', recipients: [recipient] }));
  return path;
}

test('gives the environment as secrets, and of the file its text and hash', async () => {
  const path = await file('a.sops.yaml', 'DATABASE_URL: CANARY\nPORT: 8000\nON: true\nEMPTY: ""\n');
  const secrets = await readAppSecrets(path, sources);
  const revealed = Object.fromEntries(Object.entries(secrets.values).map(([name, value]) => [name, value.reveal()]));
  assert.deepEqual(revealed, { DATABASE_URL: 'CANARY', PORT: '8000', ON: 'true', EMPTY: '' });
  assert.equal(secrets.ciphertextHash, `sha256:${createHash('sha256').update(secrets.copy.text).digest('hex')}`);
  assert.equal(secrets.copy.extension, '.yaml');
  assert.doesNotMatch(inspect(secrets, { depth: 9 }) + JSON.stringify(secrets), /CANARY/);
});

test('names are known without a key', async () => {
  assert.deepEqual(await readSecretNames(await file('n.sops.yaml', 'A: 1\n# note\nB: 2\n')), ['A', 'B']);
});

const refused: readonly (readonly [what: string, plain: string, problem: RegExp])[] = [
  ['a map', 'A:\n  b: CANARY\n', /\["A"\]\["b"\] is inside a list or map/],
  ['a list', 'A: [CANARY]\n', /is inside/],
  ['a name with a blank', '"A B": CANARY\n', /"A B" is no name/],
  ['a NUL', 'A: "CANARY\\u0000"\n', /holds a NUL/],
];
for (const [what, plain, problem] of refused) {
  test(`refuses ${what}, which no environment can hold`, async () => {
    await assert.rejects(readAppSecrets(await file('x.sops.yaml', plain), sources), (error: Error) => {
      assert.match(error.message, problem);
      assert.doesNotMatch(error.message, /CANARY/);
      return true;
    });
  });
}

for (const path of ['/dev/zero', folder, join(folder, 'missing')]) {
  test(`refuses to read ${path === folder ? 'a folder' : path}`, async () => {
    await assert.rejects(readAppSecrets(`${path}`, sources), { name: 'Failure' });
  });
}

test('what is left to sops is asked of sops, and its messages are not passed on', async () => {
  const program = join(folder, 'sops');
  writeFileSync(join(folder, 'x.ini'), 'encrypted\n');
  await assert.rejects(readAppSecrets(join(folder, 'x.ini'), sources), /YAML, JSON and dotenv/);
  writeFileSync(
    program,
    '#!/bin/sh\n[ "$1 $2 $3 $4" = "decrypt --output-type json --" ] || exit 3\necho \'{"A":"x","N":1}\'\n',
  );
  chmodSync(program, 0o755);
  const { values, copy } = await readAppSecrets(join(folder, 'x.ini'), sources);
  assert.deepEqual([values.A?.reveal(), values.N?.reveal(), copy.extension], ['x', '1', '.ini']);
  writeFileSync(program, '#!/bin/sh\necho CANARY >&2\nexit 25\n');
  await assert.rejects(readAppSecrets(join(folder, 'x.ini'), sources), (error: Error) => {
    assert.match(error.message, /refused it \(exit code 25\)/);
    assert.doesNotMatch(error.message, /CANARY/);
    return true;
  });
});

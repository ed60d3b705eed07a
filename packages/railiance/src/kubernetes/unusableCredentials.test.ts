import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';

import { Failure } from '../domain/failure.ts';
import { writeKubeconfig } from '../testing/kubeconfig.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { createApi } from './api.ts';
import { openConnection } from './connection.ts';

const scratch = await scratchDirectory('credentials');

/** Why nothing can be asked as this user of a kubeconfig. */
async function refusalOf(user: object): Promise<Failure> {
  const kubeconfig = await writeKubeconfig(scratch, { cluster: { server: 'https://127.0.0.1:1' }, user });
  const api = createApi(openConnection({ kubeconfig }, {}));
  const error = await api.call('/').catch((reason: unknown) => reason);
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.exitCode, 6);
  return error;
}

async function program(name: string, script: string): Promise<string> {
  const file = join(scratch, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const exec = (command: string, more: object = {}) => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, ...more },
});

describe('credentials that cannot be used are named, with what to do', () => {
  test('of a program that is not here, in the words of its maker', async () => {
    const { message, hint } = await refusalOf(exec('cloud-login', { installHint: 'See the page\nof its maker.\n' }));
    assert.match(message, /they come from the program cloud-login, and it cannot be started$/);
    assert.equal(hint, 'See the page of its maker.');
  });

  test('of a program that fails', async () => {
    const { message, hint } = await refusalOf(exec(await program('fails', 'echo please log in >&2; exit 3')));
    assert.match(message, /fails gave none: please log in$/);
    assert.match(hint ?? '', /kubectl get nodes/);
  });

  for (const output of ['hunter2', '"hunter2"', '{"kind":"ExecCredential"}']) {
    test(`of a program that prints ${output}, of which nothing is said or kept`, async () => {
      const failure = await refusalOf(exec(await program('babbles', `echo '${output}'`)));
      assert.match(failure.message, /babbles gave none: what it printed is no ExecCredential$/);
      assert.doesNotMatch(inspect(failure, { depth: null }), /hunter2/);
    });
  }

  test('of a certificate that is none', async () => {
    const { message } = await refusalOf({ 'client-certificate-data': 'aGVsbG8=', 'client-key-data': 'aGVsbG8=' });
    assert.match(message, /config\.json: its certificate or key cannot be read: /);
  });

  for (const [name, user] of [
    ['certificate', { 'client-certificate': '/nowhere/a', 'client-key': '/nowhere/b' }],
    ['token', { tokenFile: '/nowhere/a' }],
  ] as const) {
    test(`of a ${name} in a file that is not there`, async () => {
      assert.match((await refusalOf(user)).message, /config\.json: .*no such file or directory, open '\/nowhere\/a'$/);
    });
  }
});

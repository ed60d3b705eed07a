import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLocalExec } from '../../exec/localExec.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { type CredentialSources, credentialsFor } from './credentials.ts';

const host = 'registry.example:5000';

async function world(env: Record<string, string> = {}) {
  const home = await scratchDirectory('credentials');
  const hidden: ((text: string) => string)[] = [];
  const output = { redactWith: (redact: (text: string) => string) => hidden.push(redact) };
  const sources = { env: { HOME: home, PATH: process.env.PATH, ...env }, exec: createLocalExec(), output };
  const clean = (text: string) => hidden.reduce((so, redact) => redact(so), text);
  return { home, clean, sources: sources as unknown as CredentialSources };
}

test('a variable holds user:password, and what it held is taken out of every output', async () => {
  const { sources, clean } = await world({ REGISTRY: 'ann:canary:with:colons' });
  const found = await credentialsFor(host, 'env:REGISTRY', sources);
  assert.equal(found?.username, 'ann');
  assert.equal(found?.password.reveal(), 'canary:with:colons');
  const header = Buffer.from('ann:canary:with:colons').toString('base64');
  assert.doesNotMatch(clean(`curl -u ann:canary:with:colons -H ${header}`), /canary|YW5uOm/);
});

test('a file holds it too, with a line end or without', async () => {
  const { sources, home } = await world();
  await writeFile(join(home, 'registry'), 'ann:pw\n');
  assert.equal((await credentialsFor(host, 'file:~/registry', sources))?.password.reveal(), 'pw');
});

for (const [reference, problem] of [
  ['env:NOT_SET', /\$NOT_SET is not set/],
  ['env:ODD', /\$ODD is not user:password/],
  ['file:/nowhere/at/all', /ENOENT/],
] as const) {
  test(`${reference} leads to nothing, and the error says so without the value`, async () => {
    const { sources } = await world({ ODD: 'canary-without-a-colon' });
    await assert.rejects(credentialsFor(host, reference, sources), (error: Error) => {
      assert.match(error.message, problem);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
  });
}

test('without a reference the Docker configuration is asked, through its helper', async () => {
  const { sources, home } = await world();
  assert.equal(await credentialsFor(host, undefined, sources), undefined);
  await mkdir(join(home, '.docker'));
  await writeFile(join(home, '.docker/config.json'), '{"credsStore":"railiance-test"}');
  const helper =
    '#!/bin/sh\nread host\n[ "$1 $host" = "get registry.example:5000" ] && echo \'{"Username":"ann","Secret":"pw"}\'\n';
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'bin/docker-credential-railiance-test'), helper, { mode: 0o755 });
  const env = { ...sources.env, PATH: `${join(home, 'bin')}:${process.env.PATH}` };
  const found = await credentialsFor(host, undefined, { ...sources, env });
  assert.equal(found?.password.reveal(), 'pw');
});

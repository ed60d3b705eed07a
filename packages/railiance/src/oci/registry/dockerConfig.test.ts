import assert from 'node:assert/strict';
import { test } from 'node:test';

import { conceal } from './credentials.ts';
import { type CredentialHelper, dockerCredentials, helperInput, withCredentials } from './dockerConfig.ts';

const never: CredentialHelper = async () => assert.fail('no helper is asked');
const shown = (found: Awaited<ReturnType<typeof dockerCredentials>>) =>
  found && `${found.username} ${found.password.reveal()}`;
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

const plain: readonly (readonly [config: object, host: string, found: string | undefined])[] = [
  [{}, 'a.example:5000', undefined],
  [{ auths: { 'a.example:5000': auth('ann:p:w') } }, 'a.example:5000', 'ann p:w'],
  [{ auths: { 'https://a.example': auth('ann:pw') } }, 'a.example', 'ann pw'],
  [{ auths: { 'a.example': auth('ann:pw') } }, 'a.example:5000', undefined],
  [{ auths: { 'https://index.docker.io/v1/': auth('ann:pw') } }, 'docker.io', 'ann pw'],
  [{ auths: { 'a.example': {} } }, 'a.example', undefined],
  [{ auths: { 'a.example': auth('no-colon') } }, 'a.example', undefined],
  [{ auths: null }, 'a.example', undefined],
];

for (const [config, host, found] of plain) {
  test(`credentials for ${host} in ${JSON.stringify(config)}`, async () => {
    assert.equal(shown(await dockerCredentials(JSON.stringify(config), host, never)), found);
  });
}

test("a host's own helper is asked before the general one, and what is written is not looked at", async () => {
  const config = { credsStore: 'desktop', credHelpers: { 'a.example': 'pass' }, auths: { 'a.example': auth('x:y') } };
  const asked: string[] = [];
  const helper: CredentialHelper = async (name, verb, input) => {
    asked.push(`${name} ${verb} ${input}`);
    return '{"Username":"ann","Secret":"pw"}';
  };
  assert.equal(shown(await dockerCredentials(JSON.stringify(config), 'a.example', helper)), 'ann pw');
  await dockerCredentials(JSON.stringify(config), 'b.example', helper);
  assert.deepEqual(asked, ['pass get a.example', 'desktop get b.example']);
});

test('an identity token is told from a password, written there or given by a helper', async () => {
  const written = { auths: { 'a.example': { auth: 'PHRva2VuPjo=', identitytoken: 'tok' } } };
  const helper = async () => '{"Username":"<token>","Secret":"tok"}';
  for (const [config, ask] of [
    [written, never],
    [{ credsStore: 'x' }, helper],
  ] as const) {
    const found = await dockerCredentials(JSON.stringify(config), 'a.example', ask);
    assert.deepEqual([shown(found), found?.isIdentityToken], ['<token> tok', true]);
  }
});

for (const [name, config, answer] of [
  ['a helper that is a path', { credsStore: '../../bin/sh' }, ''],
  ['an answer that is no JSON', { credsStore: 'x' }, 'canary'],
] as const) {
  test(`${name} is refused, and nothing of it is shown`, async () => {
    await assert.rejects(
      dockerCredentials(JSON.stringify(config), 'a.example', async () => answer),
      (error: Error) => {
        assert.doesNotMatch(error.message, /canary|\.\./);
        return error.name === 'RegistryError';
      },
    );
  });
}

test('credentials are written beside what is there, or left to the helper', async () => {
  const credentials = { username: 'ann', password: conceal('pw') };
  const text = withCredentials('{"psFormat":"x","auths":{"b.example":{"auth":"eA=="}}}', 'a.example', credentials);
  assert.ok(text);
  assert.equal(shown(await dockerCredentials(text, 'a.example', never)), 'ann pw');
  assert.match(text, /"psFormat": "x"[\s\S]*b\.example/);
  assert.equal(withCredentials('{"credsStore":"pass"}', 'a.example', credentials), undefined);
  assert.deepEqual(JSON.parse(helperInput('a.example', credentials)).Secret, 'pw');
});

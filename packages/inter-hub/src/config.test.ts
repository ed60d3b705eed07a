import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';

const secret = 'a'.repeat(64);

test('an empty environment means trying out: loopback, port 8000, embedded database', () => {
  const config = readConfig({});
  assert.equal(config.port, 8000);
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.databaseUrl, undefined);
  assert.equal(config.baseUrl.href, 'http://localhost:8000/');
});

test('a deployment listens on every address', () => {
  const config = readConfig({ DATABASE_URL: 'postgresql://u@h/d', IHP_SESSION_SECRET: secret, PORT: '9000' });
  assert.equal(config.host, '0.0.0.0');
  assert.equal(config.port, 9000);
});

test('an engine of railiance tells the address, unless somebody gives another', () => {
  const RAILIANCE_URL = 'http://inter-hub.production.localhost:8080';
  assert.equal(readConfig({ RAILIANCE_URL }).baseUrl.host, 'inter-hub.production.localhost:8080');
  assert.equal(readConfig({ RAILIANCE_URL, IHP_BASEURL: 'https://hub.example' }).baseUrl.host, 'hub.example');
});

const wrong: readonly [string, Record<string, string>, RegExp][] = [
  ['port that is no number', { PORT: 'http' }, /^PORT: /m],
  ['port out of range', { PORT: '65536' }, /^PORT: /m],
  ['database of another kind', { DATABASE_URL: 'mysql://x' }, /^DATABASE_URL: must begin with postgresql/m],
  ['short secret', { IHP_SESSION_SECRET: 'short' }, /^IHP_SESSION_SECRET: needs at least 32/m],
  ['database without secret', { DATABASE_URL: 'postgres://h/d' }, /^IHP_SESSION_SECRET: needed/m],
  ['base address without scheme', { IHP_BASEURL: 'hub.example' }, /^IHP_BASEURL: /m],
  ['script as base address', { IHP_BASEURL: 'javascript:alert(1)' }, /^IHP_BASEURL: /m],
  ['short key of the smoke test', { HUB_SMOKE_KEY: 'short' }, /^HUB_SMOKE_KEY: needs 32/m],
  ['administrator without domain', { HUB_ADMIN_EMAIL: 'root' }, /^HUB_ADMIN_EMAIL: /m],
];
for (const [name, env, message] of wrong) {
  test(`refuses a ${name}, naming the variable`, () => {
    assert.throws(
      () => readConfig(env),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('names every wrong variable at once and never repeats a value', () => {
  assert.throws(
    () => readConfig({ PORT: 'x', IHP_SESSION_SECRET: 'hunter2' }),
    (error: Error) => /PORT/.test(error.message) && /SECRET/.test(error.message) && !/hunter2/.test(error.message),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { loginOf } from './connection.ts';

const cases: readonly [url: string, login: Record<string, unknown>][] = [
  [
    'postgresql://me:s3cret@db.example/app',
    { host: 'db.example', port: 5432, user: 'me', password: 's3cret', database: 'app' },
  ],
  ['postgres://me:p%40ss%2Fword@10.0.0.7:6432/my%20db', { port: 6432, password: 'p@ss/word', database: 'my db' }],
  ['postgres://me:s3cret@[fd00::7]:5433/app', { host: 'fd00::7', port: 5433 }],
  ['postgres://me:s3cret@db', { database: 'postgres', tls: undefined }],
  ['postgres://me:s3cret@db/app?sslmode=require', { tls: { rejectUnauthorized: false } }],
  ['postgres://me:s3cret@db/app?sslmode=verify-full', { tls: { rejectUnauthorized: true } }],
];

for (const [url, expected] of cases) {
  test(`reads ${url}`, () => {
    const login = loginOf(new Secret(url));
    const seen: Record<string, unknown> = { ...login, password: login.password.reveal() };
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(seen[name], value, name);
  });
}

for (const url of ['s3cret-no-url', 'postgres://me:s3cret@db:port/app', 'postgres://me:s3cret%zz@db/app']) {
  test(`refuses ${url} without showing it`, () => {
    assert.throws(
      () => loginOf(new Secret(url)),
      (error) => error instanceof Failure && error.exitCode === 2 && !inspect(error, { depth: 9 }).includes('s3cret'),
    );
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Failure } from '../../../domain/failure.ts';
import type { CauseName } from '../../../domain/verdict.ts';
import { refusalCause } from './refusal.ts';

const failure = (problem: string, hint?: string, exitCode: 4 | 6 = 6) =>
  new Failure('run helm upgrade', problem, { exitCode, ...(hint !== undefined && { hint }) });

const cases: readonly (readonly [name: string, error: unknown, cause: CauseName | undefined, words?: RegExp])[] = [
  ['an error of another kind is none', new Error('pods is forbidden'), undefined],
  ['a build that failed is none', new Failure('build', 'it did not end'), undefined],
  [
    'a helm that failed by itself is named',
    failure('did not end within 12 s'),
    'engine',
    /run helm upgrade: did not end/,
  ],
  [
    'a missing right is named with what it is for',
    failure(
      'UPGRADE FAILED: could not get information about the resource Deployment "web": deployments.apps "web" is forbidden: User "ci" cannot get resource "deployments" in API group "apps" in the namespace "hub"',
    ),
    'forbidden',
    /User "ci" cannot get resource "deployments"/,
  ],
  [
    'a quota that is used up',
    failure(
      'services "web" is forbidden: exceeded quota: none, requested: services=1, used: services=0, limited: services=0',
    ),
    'quota',
    /leaves no room: exceeded quota: none/,
  ],
  [
    'a quota that wants an amount',
    failure('pods "web-1" is forbidden: failed quota: small: must specify limits.memory for: app'),
    'quota',
    /wants an amount: failed quota: small/,
  ],
  [
    'a namespace that goes away',
    failure('secrets "x" is forbidden: unable to create new content in namespace hub because it is being terminated'),
    'forbidden',
    /its namespace is being removed/,
  ],
  ['a chart that is refused', failure('no Deployment of it runs the image', 'write …', 4), 'gate', /no Deployment/],
];

for (const [name, error, cause, words] of cases) {
  test(name, () => {
    const found = refusalCause(error);
    assert.equal(found?.name, cause);
    if (words) assert.match(found?.summary ?? '', words);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { imageRepository, repositoryOfStage } from './imageRepository.ts';

const spec = { plainHttp: false, token: 'realm', credentials: {} } as const;
const one = { ...spec, push: 'r:1', pull: 'r:1' };
const two = { ...spec, push: 'gitea.example:3000/team', pull: '10.0.0.5:5000/mirror' };

const cases = [
  { name: 'by the slug, in the blueprint’s registry', at: one, push: 'r:1/probe', pull: 'r:1/probe' },
  { name: 'under a path', at: two, push: 'gitea.example:3000/team/probe', pull: '10.0.0.5:5000/mirror/probe' },
  {
    name: 'as app.toml names it, at the other address too',
    app: 'gitea.example:3000/coulomb/probe',
    at: two,
    push: 'gitea.example:3000/coulomb/probe',
    pull: '10.0.0.5:5000/coulomb/probe',
  },
  {
    name: 'though app.toml has the address that clusters pull from',
    app: '10.0.0.5:5000/coulomb/probe',
    at: two,
    push: 'gitea.example:3000/coulomb/probe',
    pull: '10.0.0.5:5000/coulomb/probe',
  },
  { name: 'in another registry than the blueprint’s', app: 'a.example/x/y', at: one, push: 'a.example/x/y' },
  { name: 'without a blueprint', app: 'a.example/x/y', at: undefined, push: 'a.example/x/y' },
];

for (const { name, app, at, push, pull = push } of cases) {
  test(`an app has its repository ${name}`, () => {
    assert.deepEqual(imageRepository({ slug: 'probe', ...(app && { registry: app }) }, at), { push, pull });
  });
}

test('an app that nobody named a registry for is told where to write one', () => {
  assert.throws(() => imageRepository({ slug: 'probe' }, undefined), { exitCode: 2, hint: /\[registry\] push =/ });
});

test('only a stage that pulls needs a repository', () => {
  const stage = { name: 'canary', engine: 'local', production: false, settings: {} };
  assert.equal(repositoryOfStage(stage, { slug: 'probe' }), undefined);
  assert.deepEqual(repositoryOfStage({ ...stage, pulls: true, registry: one }, { slug: 'probe' }), {
    push: 'r:1/probe',
    pull: 'r:1/probe',
  });
});

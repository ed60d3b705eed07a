import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { type MemoryRegistryOptions, startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { conceal } from './credentials.ts';
import { diagnoseRegistry, type Finding } from './diagnose.ts';
import type { RegistryOptions } from './registry.ts';

const users = {
  ann: { password: 'pw', may: 'push' },
  bob: { password: 'pw', may: 'pull' },
} as const;

async function findings(options: MemoryRegistryOptions, client: Partial<RegistryOptions> & { user?: string } = {}) {
  const { host, close } = await startMemoryRegistry({ users, ...options });
  after(close);
  const { user = 'ann', ...rest } = client;
  const credentials = async () => ({ username: user, password: conceal('pw') });
  const registry = { host, plainHttp: true, credentials, retry: { attempts: 1 }, ...rest };
  return diagnoseRegistry({ push: registry, pull: registry, repository: 'team/app' });
}

const verdicts = (found: readonly Finding[]) => found.map(({ name, verdict }) => `${name} ${verdict}`);

test('a registry that works passes in everything, and keeps nothing of the probe', async () => {
  assert.deepEqual(verdicts(await findings({ auth: 'bearer' })), [
    'reach pass',
    'realm pass',
    'push pass',
    'pull pass',
  ]);
});

test('a realm on another host is named, and the line that cures it is proved to', async () => {
  const found = await findings({ auth: 'bearer', realm: 'http://gitea.example.test/v2/token' });
  assert.deepEqual(verdicts(found), ['reach pass', 'realm fail', 'push pass', 'pull pass']);
  assert.equal(found[1]?.cure, 'token = "prefetch"');
  assert.match(found[1]?.detail ?? '', /http:\/\/gitea\.example\.test\/v2\/token.*but the registry is 127\.0\.0\.1/);
});

test('with that line it passes', async () => {
  const found = await findings({ auth: 'bearer', realm: 'http://gitea.example.test/v2/token' }, { token: 'prefetch' });
  assert.deepEqual(verdicts(found), ['reach pass', 'realm pass', 'push pass', 'pull pass']);
});

for (const auth of ['bearer', 'basic'] as const) {
  test(`credentials that may only pull are told from ones that are wrong (${auth})`, async () => {
    const pullOnly = (await findings({ auth }, { user: 'bob' })).at(-1);
    assert.equal(pullOnly?.verdict, 'fail');
    assert.match(pullOnly?.detail ?? '', /may pull, but not push/);
    const wrong = (await findings({ auth }, { user: 'eve' })).at(-1);
    assert.equal(wrong?.verdict, 'fail');
    assert.doesNotMatch(wrong?.detail ?? '', /may pull/);
  });
}

test('HTTP where HTTPS was configured is named, with its cure', async () => {
  const [found] = await findings({}, { plainHttp: false });
  assert.equal(found?.cure, 'plain_http = true');
});

test('an address with something else behind it is no registry', async () => {
  const [found] = await findings({ faults: () => ({ kind: 'status', status: 404 }) });
  assert.match(found?.detail ?? '', /there is no registry/);
});

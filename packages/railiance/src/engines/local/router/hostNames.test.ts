import assert from 'node:assert/strict';
import { test } from 'node:test';

import { candidateHost, hostNameOf, publicHost, urlOf } from './hostNames.ts';

const target = { app: 'probe', stage: 'canary' };

test('host names of a target', () => {
  assert.equal(publicHost(target), 'probe.canary.localhost');
  assert.match(candidateHost(target, '01J_Run.7'), /^[0-9a-f]{10}\.candidate\.probe\.canary\.localhost$/);
  assert.notEqual(candidateHost(target, 'a'), candidateHost(target, 'b'));
  assert.equal(urlOf('probe.canary.localhost', 8080), 'http://probe.canary.localhost:8080');
  assert.equal(urlOf('probe.canary.localhost', 80), 'http://probe.canary.localhost');
});

test('host name out of a Host header', () => {
  const cases: [string | undefined, string][] = [
    ['probe.canary.localhost:8080', 'probe.canary.localhost'],
    ['Probe.Canary.LOCALHOST', 'probe.canary.localhost'],
    ['probe.canary.localhost.:8080', 'probe.canary.localhost'],
    ['[::1]:8080', '[::1]'],
    ['', ''],
    [undefined, ''],
  ];
  for (const [header, name] of cases) assert.equal(hostNameOf(header), name, String(header));
});

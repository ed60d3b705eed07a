import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { flatKubeconfig } from './flatKubeconfig.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const text = `
apiVersion: v1
kind: Config
current-context: prod
contexts:
  - { name: prod, context: { cluster: k3s, user: admin, namespace: hub } }
  - { name: lab, context: { cluster: lab, user: cloud } }
clusters:
  - { name: k3s, cluster: { server: "https://10.0.0.1:6443", certificate-authority: pki/ca.crt, proxy-url: "http://p:1" } }
  - { name: lab, cluster: { server: "https://10.0.0.2:6443" } }
users:
  - { name: admin, user: { client-certificate: /pki/me.crt, client-key-data: S0VZ, tokenFile: token } }
  - { name: cloud, user: { exec: { command: aws } } }
`;
const files: Record<string, string> = { '/conf/pki/ca.crt': 'CA', '/pki/me.crt': 'CRT', '/conf/token': 'abc\n' };
const there = {
  ...{ path: '/conf/kube', text, machine: 'core' },
  readText: async (path: string) => files[path] ?? assert.fail(`asked for ${path}`),
};

test('what a context names in other files comes with it, and nothing of other contexts', async () => {
  assert.deepEqual(JSON.parse(await flatKubeconfig(there)), {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'prod' },
    contexts: [{ name: 'prod', context: { cluster: 'k3s', user: 'admin', namespace: 'hub' } }],
    clusters: [
      { name: 'k3s', cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': base64('CA') } },
    ],
    users: [
      { name: 'admin', user: { 'client-key-data': 'S0VZ', 'client-certificate-data': base64('CRT'), token: 'abc' } },
    ],
  });
});

const refused: readonly (readonly [string, Partial<typeof there> & { context?: string }, RegExp])[] = [
  ['credentials from a program', { context: 'lab' }, /"cloud" gets its credentials from a program \(exec\)/],
  ['a context that is not there', { context: 'x' }, /no context "x"/],
  ['a file without a context', { text: 'kind: Config' }, /no context ""/],
  ['an empty file', { text: '' }, /it is empty/],
  ['what is no YAML', { text: '{ a: [' }, /./],
];

for (const [name, change, problem] of refused) {
  test(`${name} is refused with the machine and the file`, async () => {
    await assert.rejects(flatKubeconfig({ ...there, ...change }), (error) => {
      assert.ok(error instanceof Failure && error.exitCode === 2);
      assert.match(error.problem, problem);
      return error.action === 'read /conf/kube on core';
    });
  });
}

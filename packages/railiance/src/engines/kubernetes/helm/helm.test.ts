import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Exec } from '../../../exec/exec.ts';
import { helmOrFail, helmWords, renderOrFail } from './helm.ts';
import { helmHere } from './helmPlace.ts';

const debug = '\nUse --debug flag to render out invalid YAML\n';
const said: readonly (readonly [name: string, stderr: string, words: string])[] = [
  [
    'Helm 4 of a value that is not there, over three lines',
    `Error: web/templates/d.yaml:6:15\n  executing "web/templates/d.yaml" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.c\n${debug}`,
    'web/templates/d.yaml:6:15 executing "web/templates/d.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.c',
  ],
  [
    'Helm 3 of the same',
    `Error: template: web/templates/d.yaml:6:15: executing "web/templates/d.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.c\n${debug}`,
    'template: web/templates/d.yaml:6:15: executing "web/templates/d.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.c',
  ],
  [
    'each value that a schema refuses',
    "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n- at '': missing property 'host'\n- at '/a': got object, want string\n\n",
    "values don't meet the specifications of the schema(s) in the following chart(s): web: - at '': missing property 'host' - at '/a': got object, want string",
  ],
  [
    'the last error, without the warnings before it',
    'WARNING: Kubernetes configuration file is group-readable\nlevel=INFO msg=x\nError: UPGRADE FAILED: no\n',
    'UPGRADE FAILED: no',
  ],
  ['the last line of what is no error of its own', 'bash: cannot fork\nno room\n', 'no room'],
  ['how it ended, where it said nothing', '', 'it ended with exit code 1'],
];
for (const [name, stderr, words] of said) {
  test(`of Helm's words there is told ${name}`, () => {
    assert.equal(helmWords({ stderr, exitCode: 1, signal: null }), words);
  });
}

test('a helm that hangs, or is killed, is no fault of the chart', async () => {
  const signal = new AbortController().signal;
  const cases = [
    { exitCode: 1, words: { exitCode: 2, message: /^render the chart helm\/web: web\/Chart\.yaml file is missing$/ } },
    { exitCode: 124, words: { exitCode: 6, message: /^run helm template: did not end within/ } },
    { exitCode: null, words: { exitCode: 6, message: /^run helm template: / } },
  ];
  for (const { exitCode, words } of cases) {
    const ended = {
      exitCode,
      signal: null,
      timedOut: false,
      stdout: '',
      stderr: 'Error: web/Chart.yaml file is missing\n',
    };
    const place = helmHere({ run: async () => ({ ...ended, durationMs: 1 }) } as unknown as Exec, '/nowhere');
    await assert.rejects(renderOrFail(place, ['helm', 'template'], 'helm/web', signal), words);
  }
});

test('what somebody changed by hand is put back: Helm 4 is told so where it found a conflict, and only there', async () => {
  const signal = new AbortController().signal;
  const conflict =
    'Error: UPGRADE FAILED: conflict occurred while applying object n/web: Apply failed with 1 conflict: conflict with "kubectl"';
  const cases = [
    { verb: 'upgrade', stderr: conflict, runs: ['helm upgrade -- web', 'helm upgrade --force-conflicts -- web'] },
    { verb: 'rollback', stderr: conflict, runs: ['helm rollback -- web', 'helm rollback --force-conflicts -- web'] },
    { verb: 'uninstall', stderr: conflict, runs: ['helm uninstall -- web'] },
    { verb: 'upgrade', stderr: 'Error: UPGRADE FAILED: no', runs: ['helm upgrade -- web'] },
  ];
  for (const { verb, stderr, runs } of cases) {
    const seen: string[] = [];
    const run = async ({ argv }: { readonly argv: readonly string[] }) => {
      seen.push(argv.slice(argv.indexOf('helm')).join(' '));
      return { exitCode: 1, signal: null, timedOut: false, stdout: '', stderr, durationMs: 1 };
    };
    const place = {
      ...helmHere({ run } as unknown as Exec, '/nowhere'),
      guarded: (argv: readonly [string, ...string[]]) => argv,
    };
    await assert.rejects(helmOrFail(place, ['helm', verb, '--', 'web'], signal), { exitCode: 6 });
    assert.deepEqual(seen, runs);
  }
});

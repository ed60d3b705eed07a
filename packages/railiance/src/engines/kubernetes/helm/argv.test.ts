import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rollbackArgv, templateArgv, uninstallArgv, upgradeArgv } from './argv.ts';

const target = { program: 'helm', kubeconfig: '/k/config:/k/other', context: 'prod', namespace: 'hub' };
const reach = '--namespace hub --kubeconfig /k/config --kube-context prod';
const upgrade = {
  ...{ release: 'hub', chart: '/charts/hub', values: ['/a.yaml', '/b.json'], description: 'railiance starts 7' },
  ...{ historyMax: 10, timeoutSeconds: 12, trusted: true },
};

const cases: readonly (readonly [name: string, argv: readonly string[], words: string])[] = [
  [
    'an upgrade never waits, keeps its history short, and takes no values but those that it is given',
    upgradeArgv(target, { ...upgrade, description: 'd' }),
    `helm upgrade --install ${reach} --values /a.yaml --values /b.json --reset-values --history-max 10 --timeout 12s --description d --disable-openapi-validation -- hub /charts/hub`,
  ],
  [
    'a chart of somebody else is checked against the API',
    upgradeArgv(target, { ...upgrade, description: 'd', values: [], trusted: false }),
    `helm upgrade --install ${reach} --reset-values --history-max 10 --timeout 12s --description d -- hub /charts/hub`,
  ],
  [
    'a chart is rendered as for an upgrade',
    templateArgv(target, { release: 'hub', chart: '/charts/hub', values: [] }),
    `helm template ${reach} --is-upgrade -- hub /charts/hub`,
  ],
  [
    'a chart is rendered as the server would have it',
    templateArgv(target, { release: 'hub', chart: '/c', values: [], kubeVersion: 'v1.30.4' }),
    `helm template ${reach} --kube-version v1.30.4 --is-upgrade -- hub /c`,
  ],
  [
    'a rollback names its revision',
    rollbackArgv(target, 'hub', 4, 10),
    `helm rollback ${reach} --history-max 10 -- hub 4`,
  ],
  [
    'what is gone may be removed again',
    uninstallArgv(target, 'hub'),
    `helm uninstall ${reach} --ignore-not-found -- hub`,
  ],
];

for (const [name, argv, words] of cases) {
  test(name, () => assert.equal(argv.join(' '), words));
}

test('what could be taken for an option stands after --', () => {
  const argv = upgradeArgv(target, { ...upgrade, release: '--post-renderer', chart: '-x' });
  assert.deepEqual(argv.slice(argv.indexOf('--')), ['--', '--post-renderer', '-x']);
});

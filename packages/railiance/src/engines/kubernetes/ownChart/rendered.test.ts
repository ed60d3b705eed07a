import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readRendered } from './rendered.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image = `registry.test/hub:abc@${digest}`;
const deployment = (pod: string, labels = 'app: hub') => `
kind: Deployment
metadata: {name: hub}
spec:
  selector: {matchLabels: {app: hub}}
  template: {metadata: {labels: {${labels}}}, spec: ${pod}}
`;
const wanted = { image, tag: 'abc' };

test('a chart says which Deployment, container, host and Secrets are its own', () => {
  const pod = `{containers: [{name: side, image: x}, {name: web, image: '${image}', envFrom: [{secretRef: {name: hub-env}}, {secretRef: {name: own}}]}]}`;
  const text = `${deployment(pod)}---\nkind: Ingress\nspec: {rules: [{host: hub.test}]}\n---\n# nothing\n---\nkind: Secret\nmetadata: {name: own}\n`;
  assert.deepEqual(readRendered('chart', text, wanted), {
    ...{ workload: 'hub', container: 'web', selector: { app: 'hub' }, host: 'hub.test' },
    ...{ secrets: ['hub-env'], ownSecrets: ['own'] },
  });
});

const refusals: readonly (readonly [name: string, text: string, words: RegExp])[] = [
  [
    'a chart that drops the digest',
    deployment("{containers: [{name: web, image: 'registry.test/hub:abc'}]}"),
    /its images are registry\.test\/hub:abc/,
  ],
  ['a chart without a Deployment', 'kind: Service\nmetadata: {name: hub}', /its images are none/],
  [
    'a chart that makes a label of the tag',
    deployment(`{containers: [{name: web, image: '${image}'}]}`, `version: 'abc@${digest}'`),
    /as its label version/,
  ],
];

for (const [name, text, words] of refusals) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => readRendered('chart', text, wanted),
      (error: Error & { exitCode?: number; hint?: string }) => {
        assert.match(error.message, words);
        assert.equal(error.exitCode, 4);
        assert.ok(error.hint);
        return true;
      },
    );
  });
}

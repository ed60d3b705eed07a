import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRedactor } from '../../../exec/redact.ts';
import { type AnyObject, type Compared, compareObjects, objectLabel } from './compare.ts';

const object = (kind: string, name: string, fields: object = {}): AnyObject => ({
  kind,
  metadata: { name },
  ...fields,
});
const byLabel = (...objects: readonly AnyObject[]) => new Map(objects.map((one) => [objectLabel(one), one]));

const compared = (parts: Partial<Compared>) =>
  compareObjects({ put: [], current: [], wanted: [], live: new Map(), redact: createRedactor([]), ...parts });
const words = (parts: Partial<Compared>) =>
  compared(parts).changes.map(({ change, kind, name, fields }) =>
    [change, `${kind} ${name}`, ...fields.map(({ path }) => path)].join(' '),
  );

const one = object('Deployment', 'web', { spec: { replicas: 1 } });
const two = object('Deployment', 'web', { spec: { replicas: 2 } });

test('objects are made, changed and taken away, but for claims that are kept', () => {
  const claim = {
    ...object('PersistentVolumeClaim', 'data'),
    metadata: { name: 'data', annotations: { 'helm.sh/resource-policy': 'keep' } },
  };
  const put = [one, object('Service', 'web'), claim];
  const live = byLabel(...put);
  assert.deepEqual(words({ put, current: put, wanted: [two, object('Ingress', 'web')], live }), [
    'change Deployment web spec.replicas',
    'create Ingress web',
    'delete Service web',
  ]);
});

test('what somebody edited or took away is told from what is led elsewhere at a switch', () => {
  const led = object('Service', 'web', { spec: { selector: { id: 'two' } } });
  const put = [one, object('Service', 'web', { spec: { selector: { id: 'one' } } })];
  assert.deepEqual(words({ put, current: [one, led], wanted: put, live: byLabel(two, led) }), [
    'edited Deployment web spec.replicas',
  ]);
  assert.deepEqual(words({ put, current: put, wanted: put, live: byLabel(one) }), ['missing Service web']);
});

test('values of a Secret are not shown, and those of the app’s own secrets are taken out of everything else', () => {
  const secret = (value: string) => object('Secret', 's', { data: { KEY: value } });
  const [change] = compared({
    put: [secret('b2xk')],
    current: [],
    wanted: [secret('bmV3')],
    live: byLabel(secret('b2xk')),
  }).changes;
  assert.deepEqual(change?.fields, [{ path: 'data.KEY' }]);
  const map = (value: string) => object('ConfigMap', 'm', { data: { url: value } });
  const redact = createRedactor(['hunter2-and-more']);
  const shown = compared({ put: [map('a')], wanted: [map('b hunter2-and-more')], live: byLabel(map('a')), redact });
  assert.deepEqual(shown.changes[0]?.fields, [{ path: 'data.url', before: 'a', after: redact('b hunter2-and-more') }]);
});

test('what was seen changes with the object, not with what the server counts', () => {
  const seen = (live: AnyObject) => compared({ live: byLabel(live) }).seen['Deployment web'];
  const counted = { ...one, metadata: { name: 'web', resourceVersion: '9', generation: 3 }, status: { replicas: 1 } };
  assert.equal(seen(counted), seen(one));
  assert.notEqual(seen(two), seen(one));
});

test('what was led elsewhere at a switch, as it is wanted, is no change', () => {
  const service = (id: string) => object('Service', 'web', { spec: { selector: { id } } });
  const parts = { put: [service('one')], current: [service('two')], live: byLabel(service('two')) };
  assert.deepEqual(words({ ...parts, wanted: [service('two')] }), []);
  assert.deepEqual(words({ ...parts, wanted: [service('three')] }), ['change Service web spec.selector.id']);
});

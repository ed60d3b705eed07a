import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { answers } from './run.ts';

/** Of any cluster that the other tests are to run on: what they take for granted. */
describe('the lab', () => {
  const registry = process.env.RAILIANCE_LAB_REGISTRY;
  const http = process.env.RAILIANCE_LAB_HTTP;

  test('has a registry that speaks plain HTTP', async () => {
    assert.ok(await answers(`http://${registry}/v2/`), `RAILIANCE_LAB_REGISTRY is ${registry}`);
  });

  test('has an ingress that says 404 for a name that nobody routed', async () => {
    const response = await fetch(`http://${http}/`, { headers: { host: 'nobody.lab.localhost' } });
    assert.equal(response.status, 404);
  });
});

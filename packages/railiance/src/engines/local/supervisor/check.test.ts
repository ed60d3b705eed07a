import assert from 'node:assert/strict';
import { test } from 'node:test';

import { homeAt } from '../../../config/home.ts';
import { systemClock } from '../../../domain/clock.ts';
import { sampleApp } from '../../../testing/sampleRelease.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { createRuntimeChoice } from '../instances/runtimeChoice.ts';
import type { InstanceTools } from '../instances/tools.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { checkMachine } from './check.ts';

const longReason = 'Error: potentially insufficient UIDs or GIDs available in user namespace';

function runtime(name: string, why?: string): Runtime {
  const available = why === undefined ? { available: true, version: '1' } : { available: false, why };
  return { name, caveats: [], available: async () => available, cannotGive: async () => [] } as unknown as Runtime;
}

test('a runtime that does not work here is named in a deploy, and why in its evidence alone', async () => {
  const home = homeAt({ RAILIANCE_HOME: await scratchDirectory('check') });
  const runtimes = createRuntimeChoice([runtime('docker', longReason), runtime('rootfs')], systemClock);
  const tools = { home, clock: systemClock, runtimes } as InstanceTools;
  const ask = async (run: typeof sampleApp.run) =>
    (await checkMachine(run, { platform: 'linux/amd64', sizeBytes: 1 }, tools)).find(({ name }) => name === 'runtime');
  const passedOver = await ask(sampleApp.run);
  assert.equal(passedOver?.summary, 'rootfs; no docker works here');
  assert.equal(passedOver?.evidence?.passedOver, `docker: ${longReason}`);
  assert.equal((await ask({ ...sampleApp.run, runtime: 'rootfs' }))?.summary, 'rootfs');
  const refused = await ask({ ...sampleApp.run, runtime: 'docker' });
  assert.deepEqual([refused?.verdict, refused?.summary], ['fail', `docker: ${longReason}`]);
});

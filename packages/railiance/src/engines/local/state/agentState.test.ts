import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { openAgentState, targetStateOf, withTarget } from './agentState.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-state-'));
after(() => rm(directory, { recursive: true }));

test('what was changed is read again, for its owner only, and nothing else is left', async () => {
  const path = join(directory, 'state.json');
  const file = await openAgentState(path);
  const target = { app: 'probe', stage: 'canary' };
  await Promise.all([
    file.change((state) => withTarget(state, { ...target, fencing: 1 })),
    file.change((state) => withTarget(state, { ...target, fencing: 2 })),
    file.change((state) => ({ ...state, port: 8123 })),
  ]);
  const again = await openAgentState(path);
  assert.equal(targetStateOf(again.current, 'probe', 'canary')?.fencing, 2);
  assert.equal(again.current.targets.length, 1);
  assert.equal(again.current.port, 8123);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(directory), ['state.json']);
});

test('a damaged file is refused and left as it is', async () => {
  const path = join(directory, 'damaged.json');
  await writeFile(path, '{"schema":"railiance.agent-state.v1","targ');
  await assert.rejects(openAgentState(path), { exitCode: 5, message: /is damaged/ });
  assert.equal(await readFile(path, 'utf8'), '{"schema":"railiance.agent-state.v1","targ');
});

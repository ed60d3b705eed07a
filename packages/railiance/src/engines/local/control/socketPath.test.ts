import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { currentUid, prepareSocketDir, socketPathOf } from './socketPath.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-socket-'));
after(() => rm(directory, { recursive: true }));

test('the socket lies in the agent’s folder while that is short enough', () => {
  assert.equal(
    socketPathOf('/home/ann/.local/state/railiance/agent', 1000),
    '/home/ann/.local/state/railiance/agent/agent.sock',
  );
});

test('a deep folder gets a short path of its own', () => {
  const deep = `/${'deep/'.repeat(30)}agent`;
  const path = socketPathOf(deep, 1000);
  assert.ok(Buffer.byteLength(path) < 104, path);
  assert.equal(path, socketPathOf(deep, 1000));
  assert.notEqual(path, socketPathOf(`${deep}2`, 1000));
});

test('the folder is for its owner only, and never a link', async () => {
  const owned = join(directory, 'owned');
  await prepareSocketDir(join(owned, 'agent.sock'), currentUid());
  assert.equal((await stat(owned)).mode & 0o777, 0o700);
  const link = join(directory, 'link');
  await symlink(owned, link);
  await assert.rejects(prepareSocketDir(join(link, 'agent.sock'), currentUid()), /belongs to someone else/);
});

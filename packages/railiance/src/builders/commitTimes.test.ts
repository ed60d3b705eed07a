import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { createLocalExec } from '../exec/localExec.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { readCommitTimes } from './commitTimes.ts';

const exec = createLocalExec();

test('commits are known by short and full names, and nothing else is', async () => {
  const directory = await scratchDirectory('commit-times');
  const git = (args: readonly string[], at = 0) => {
    const date = `@${at} +0000`;
    const settings = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    const env = { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date };
    return execFileSync('git', [...settings, ...args], { cwd: directory, env, encoding: 'utf8' }).trim();
  };
  git(['init', '--quiet']);
  const commits = [1_700_000_000, 1_600_000_000].map((seconds) => {
    git(['commit', '--quiet', '--allow-empty', '-m', 'one'], seconds);
    return { full: git(['rev-parse', 'HEAD']), ms: seconds * 1000 };
  });
  const tree = git(['rev-parse', 'HEAD^{tree}']);
  const names = commits.flatMap(({ full }) => [full, full.slice(0, 7)]);
  const times = await readCommitTimes(directory, [...names, tree, 'deadbeef', 'latest', '--all', 'HEAD'], exec);
  const expected = commits.flatMap(
    ({ full, ms }) =>
      [
        [full, ms],
        [full.slice(0, 7), ms],
      ] as const,
  );
  assert.deepEqual([...times].sort(), expected.sort());
  assert.equal((await readCommitTimes(await scratchDirectory('no-git'), names, exec)).size, 0);
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { createLocalExec } from '../../../exec/localExec.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { type Tree, writeTree } from '../../../testing/tree.ts';
import { helmHere } from '../helm/helmPlace.ts';
import { packChart } from './pack.ts';
import { resolveChart } from './resolve.ts';

const run = promisify(execFile);
const scratch = await scratchDirectory('charts');
const exec = createLocalExec();
const finder = { exec, helmPlace: helmHere(exec, '/nowhere'), settings: { helm: 'helm' } };
const find = (chart: string, directory: string, stage = { name: 'canary', production: false }) =>
  resolveChart(chart, { directory, values: [] }, { ...finder, stage });

const chartFiles: Tree = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'values.prod.yaml': 'replicas: 2\n',
  'values.production.yaml': 'replicas: 3\n',
  'values.canary.yaml': 'replicas: 1\n',
};

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
  return (await run('git', [...who, '-C', folder, ...args])).stdout.trim();
}

/** A repository with these files at its first commit, and what that commit is called. */
async function repositoryOf(name: string, files: Tree) {
  const folder = await writeTree(join(scratch, `${name}.git`), files);
  await git(folder, 'init', '--quiet');
  await git(folder, 'add', '.');
  await git(folder, 'commit', '--quiet', '--message', 'first');
  return { folder, url: `file://${folder}`, first: await git(folder, 'rev-parse', 'HEAD') };
}

describe('a chart that app.toml names by a path', () => {
  const base = join(scratch, 'paths');
  before(async () => {
    await writeTree(join(base, 'apps/web'), { 'app.toml': '', 'helm/Chart.yaml': '', '.git/HEAD': '' });
    await writeTree(join(base, 'charts/helm/web'), chartFiles);
  });
  const app = () => join(base, 'apps/web');

  test('is looked for from the folder of app.toml, then in a checkout beside its own', async () => {
    assert.equal((await find('helm', app())).chart, join(base, 'apps/web/helm'));
    await writeTree(join(base, 'apps/railiance-apps/helm/web'), chartFiles);
    const beside = await find('railiance-apps/helm/web', app());
    assert.equal(beside.chart, join(base, 'apps/railiance-apps/helm/web'));
    assert.equal((await find(join(base, 'charts/helm/web'), app())).chart, join(base, 'charts/helm/web'));
  });

  test('is not looked for above the checkout that the app is in', async () => {
    await assert.rejects(find('charts/helm/web', app()), /there is no Chart\.yaml in .*apps\/web\/charts/);
  });

  test('has to have a Chart.yaml', async () => {
    await mkdir(join(app(), 'empty'));
    await assert.rejects(find('empty', app()), { name: 'Failure', exitCode: 2 });
  });

  const cases = [
    ['canary', false, ['values.canary.yaml']],
    ['production', true, ['values.prod.yaml', 'values.production.yaml']],
    ['eu', true, ['values.prod.yaml']],
    ['eu', false, []],
  ] as const;
  for (const [name, production, expected] of cases) {
    test(`has ${expected.join(', then ') || 'no values'} beside it for ${name}${production ? ', a production stage' : ''}`, async () => {
      const folder = join(base, 'charts/helm/web');
      const { beside } = await find(folder, app(), { name, production });
      const wanted = expected.map((file) => join(folder, file));
      assert.deepEqual(beside, wanted);
    });
  }
});

describe('a chart that app.toml names by a git URL', () => {
  const inHelm = Object.fromEntries(Object.entries(chartFiles).map(([path, text]) => [`helm/web/${path}`, text]));
  let repository: Awaited<ReturnType<typeof repositoryOf>>;
  before(async () => {
    repository = await repositoryOf('apps', inHelm);
    await git(repository.folder, 'branch', 'old');
    await git(repository.folder, 'tag', 'v1');
    await writeTree(repository.folder, { 'helm/web/values.canary.yaml': 'replicas: 9\n' });
    await git(repository.folder, 'commit', '--quiet', '--all', '--message', 'second');
  });

  for (const [what, ref] of [
    ['its newest version', ''],
    ['a branch', '?ref=old'],
    ['a tag', '#v1'],
    ['a commit', '?ref=commit'],
  ] as const) {
    test(`is fetched at ${what}, and removed when it is done with`, async () => {
      const at = ref.replace('commit', repository.first);
      const found = await find(`${repository.url}//helm/web${at}`, '/');
      const replicas = ref === '' ? 9 : 1;
      assert.equal(await readFile(join(found.chart, 'values.canary.yaml'), 'utf8'), `replicas: ${replicas}\n`);
      assert.deepEqual(found.beside, [join(found.chart, 'values.canary.yaml')]);
      if (ref === '?ref=commit') assert.equal(found.revision, repository.first.slice(0, 12));
      await found.discard();
      assert.equal(existsSync(dirname(found.chart)), false);
    });
  }

  test('is refused in the words of git where there is no such version or repository', async () => {
    const refused = (problem: RegExp) => ({ name: 'Failure', exitCode: 6, problem });
    await assert.rejects(find(`${repository.url}//helm/web?ref=nobodys`, '/'), refused(/remote ref nobodys/));
    await assert.rejects(find(`${repository.url}//helm/web?ref=-v`, '/'), refused(/-v/));
    await assert.rejects(find('file:///no/such.git', '/'), refused(/\/no\/such\.git/));
  });

  test('is refused where its folder has no Chart.yaml, or leads out of the repository', async () => {
    await assert.rejects(find(`${repository.url}//helm`, '/'), /there is no Chart\.yaml in helm of file:/);
    const elsewhere = await writeTree(join(scratch, 'elsewhere'), chartFiles);
    const { url } = await repositoryOf('linked', { web: `-> ${elsewhere}` });
    await assert.rejects(find(`${url}//web`, '/'), /web leads out of its repository/);
    const up = '../'.repeat(20);
    await assert.rejects(find(`${repository.url}//${up}${elsewhere.slice(1)}`, '/'), /leads out of its repository/);
  });

  test('brings no file of this machine along by a link', async () => {
    const { url } = await repositoryOf('thief', { ...chartFiles, 'templates/passwd.yaml': '-> /etc/passwd' });
    const found = await find(url, '/');
    await mkdir(join(scratch, 'packed'));
    await assert.rejects(packChart(found, {}, join(scratch, 'packed')), /passwd\.yaml leads out of its/);
    await found.discard();
  });
});

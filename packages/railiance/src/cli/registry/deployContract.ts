import assert from 'node:assert/strict';
// biome-ignore lint/style/noRestrictedImports: a process that is killed has to be one
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { homeAt } from '../../config/home.ts';
import { target } from '../../domain/name.ts';
import { Registry } from '../../oci/index.ts';
import type { RunSummary } from '../../pipeline/runSummary.ts';
import { createFileReleaseStore } from '../../releases/fileReleaseStore.ts';
import { commandLine } from '../../testing/commandLine.ts';

/** A registry for everybody over plain HTTP. */
export interface DeployRegistry {
  readonly host: string;
  /** Called while an image is being pushed, before its manifest is stored; absent: nobody can tell when that is. */
  onManifest?(listener: () => Promise<void>): void;
}

const bin = fileURLToPath(new URL('../../../bin/railiance.js', import.meta.url));
const server = `
const { createServer } = require('node:http');
const server = createServer((request, response) => response.end('hello'));
server.listen(process.env.PORT);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** An app in git whose stages pull, and machines that share nothing but its source and the registry. */
class Team {
  readonly root: string;
  readonly app: string;
  readonly #homes = new Set<string>();

  constructor(root: string, host: string) {
    this.root = root;
    this.app = join(root, 'hello');
    mkdirSync(this.app);
    const files = {
      'package.json': '{"name":"hello","version":"1.0.0","scripts":{"start":"node server.js"}}',
      'server.js': server,
      'app.toml':
        '[app]\nname = "hello"\n[run]\nruntime = "process"\n[[smoke]]\nname = "page"\npath = "/"\nexpect = { body = "hello" }\n',
      'blueprint.toml': [
        `[registry]\npush = "${host}/team"\npull = "registry.example.test:5000/team"\nplain_http = true`,
        '[[stages]]\nname = "canary"\npull = true\n[[stages]]\nname = "production"\npull = true\n',
      ].join('\n'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.app, name), text);
    this.git('init', '--quiet');
    this.commit();
  }

  git(...args: readonly string[]): string {
    const settings = ['user.name=Test', 'user.email=test@localhost', 'commit.gpgsign=false'].flatMap((one) => [
      '-c',
      one,
    ]);
    return execFileSync('git', [...settings, ...args], { cwd: this.app, encoding: 'utf8' }).trim();
  }

  /** Gives the tag of the version. */
  commit(change = ''): string {
    writeFileSync(join(this.app, 'change.txt'), change);
    this.git('add', '.');
    this.git('commit', '--quiet', '-m', 'change');
    return this.git('rev-parse', '--short', 'HEAD');
  }

  /** Environment of a machine by its name. */
  machine(name: string): Record<string, string> {
    const home = join(this.root, name);
    this.#homes.add(home);
    return { PATH: process.env.PATH ?? '', HOME: this.root, RAILIANCE_HOME: home, NO_COLOR: '1' };
  }

  async run(machine: string, ...argv: readonly string[]): Promise<RunSummary> {
    const env = this.machine(machine);
    await commandLine(['local', 'up', '--port', '0'], { cwd: this.app, env });
    const { stdout, stderr } = await commandLine([...argv, '--json', '--yes'], { cwd: this.app, env });
    assert.match(stdout, /"railiance.run/, stdout + stderr);
    return JSON.parse(stdout) as RunSummary;
  }

  async current(machine: string, stage: string) {
    const releases = createFileReleaseStore({ home: homeAt(this.machine(machine)) });
    const release = await releases.newest(target('hello', stage));
    assert.ok(release, `${machine} has no release on ${stage}`);
    return release;
  }

  async close(): Promise<void> {
    for (const home of this.#homes)
      await commandLine(['local', 'down'], { cwd: this.app, env: { RAILIANCE_HOME: home } });
    await rm(this.root, { recursive: true, force: true });
  }
}

const stepOf = ({ steps, cause }: RunSummary, id: string) => {
  const step = steps.find((one) => one.id === id);
  assert.ok(step, `the run has no step ${id}: ${cause?.summary}`);
  return step;
};

/** What a deploy to stages that pull does with a registry, by the command line. */
export function deployContract(name: string, registry: DeployRegistry): void {
  describe(`a deploy to a stage that pulls from ${name}`, () => {
    let team: Team;
    before(async () => {
      team = new Team(await mkdtemp(join(tmpdir(), 'railiance-team-')), registry.host);
    });
    after(() => team.close());

    test('pushes once, records what a cluster pulls, and promotes and restores that very digest', async () => {
      const first = team.git('rev-parse', '--short', 'HEAD');
      const deployed = await team.run('one', 'deploy');
      assert.equal(deployed.state, 'succeeded', deployed.detail);
      assert.equal(stepOf(deployed, 'push').changed, true);
      const release = await team.current('one', 'canary');
      const { reference = '', manifestDigest } = release.published ?? {};
      assert.equal(reference, `registry.example.test:5000/team/hello:${first}@${manifestDigest}`);

      const again = await team.run('one', 'deploy');
      assert.equal(stepOf(again, 'push').changed, false, 'nothing is pushed twice');
      const promoted = await team.run('one', 'promote', '--to', 'production');
      assert.equal(stepOf(promoted, 'push').changed, false);
      assert.deepEqual((await team.current('one', 'production')).published, release.published);

      const second = team.commit('second');
      await team.run('one', 'deploy');
      assert.match((await team.current('one', 'canary')).published?.reference ?? '', new RegExp(`:${second}@`));
      const back = await team.run('one', 'rollback', '--stage', 'canary');
      assert.equal(back.state, 'succeeded', back.detail);
      assert.deepEqual((await team.current('one', 'canary')).published, release.published);
    });

    test('takes a version that another machine pushed, without a build', async () => {
      const tag = team.git('rev-parse', '--short', 'HEAD');
      team.commit('third');
      const deployed = await team.run('two', 'deploy', '--tag', tag);
      assert.equal(deployed.state, 'succeeded', deployed.detail);
      assert.ok(!deployed.steps.some(({ id }) => id === 'build'));
      const { artifact, published } = await team.current('two', 'canary');
      assert.equal(artifact.revision.tag, tag);
      assert.equal(published?.manifestDigest, artifact.manifestDigest);
      team.git('checkout', '--quiet', tag);
      const fresh = await team.run('three', 'deploy', '--stage', 'production');
      assert.match(stepOf(fresh, 'build').observed ?? '', /was pushed already/);
      assert.deepEqual((await team.current('three', 'production')).published, published);
      team.git('checkout', '--quiet', '-');
    });

    if (registry.onManifest) killed(registry, () => team);
  });
}

/** A process that dies while it pushes, and a registry that stops answering. */
function killed(registry: DeployRegistry, teamNow: () => Team): void {
  test('goes on after it was killed in mid-push, and sends no layer twice', async () => {
    const team = teamNow();
    // Nobody has this layer yet, and it does not get smaller.
    const tag = team.commit(randomBytes(2 << 20).toString('hex'));
    const { NODE_COMPILE_CACHE } = process.env;
    const env = { ...team.machine('one'), NODE_COMPILE_CACHE };
    const child = spawn(process.execPath, [bin, 'deploy', '--yes'], { cwd: team.app, env });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let manifests = 0;
    registry.onManifest?.(async () => {
      manifests += 1;
      if (manifests > 1) return;
      child.kill('SIGKILL');
      await ended;
    });
    await ended;
    assert.equal(manifests, 1, 'it was killed before its manifest was stored');
    const resumed = await team.run('one', 'resume', '--stage', 'canary');
    assert.equal(resumed.state, 'succeeded', resumed.detail);
    assert.match(stepOf(resumed, 'push').observed ?? '', /, 0\.0 MB sent$/);
    const host = new Registry({ host: registry.host, plainHttp: true });
    const digest = await host.repository('team/hello', 'pull').resolve(tag);
    host.close();
    assert.equal((await team.current('one', 'canary')).published?.manifestDigest, digest);
  });
}

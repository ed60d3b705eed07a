import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { openLayout } from '../../../oci/index.ts';
import { commandLine } from '../../../testing/commandLine.ts';
import { loopbackCertificate } from '../../../testing/loopbackCertificate.ts';
import { type MemoryRegistryOptions, startMemoryRegistry } from '../../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../../testing/tinyImage.ts';

const secret = 'CANARY/of:the+registry';
const users = { ann: { password: secret, may: 'push' }, bob: { password: secret, may: 'pull' } } as const;

/** A registry, and a folder with an app whose images it is to hold. */
async function workplace(options: MemoryRegistryOptions = {}, registryToml = '') {
  const server = await startMemoryRegistry({ auth: 'bearer', users, tagPage: 3, ...options });
  after(() => server.close());
  const cwd = await scratchDirectory('registry-verbs');
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: cwd,
    USER: 'ann',
    RAILIANCE_HOME: join(cwd, 'home'),
  };
  env.REGISTRY = `ann:${secret}`;
  const settings = registryToml || 'credentials.push = "env:REGISTRY"';
  writeFileSync(
    join(cwd, 'blueprint.toml'),
    `[registry]\npush = "${server.host}/team"\nplain_http = true\n${settings}\n`,
  );
  writeFileSync(join(cwd, 'app.toml'), '[app]\nname = "probe"\n[retention]\nkeep = 2\n');
  const run = async (line: string, input = '', more: Record<string, string> = {}) => {
    const result = await commandLine(line.split(' '), { cwd, env: { ...env, ...more }, input });
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(`ann:${secret}`).toString('base64'),
      encodeURIComponent(secret),
    ]) {
      assert.ok(!`${result.stdout}${result.stderr}`.includes(form), `a secret is in: ${result.stdout}${result.stderr}`);
    }
    return result;
  };
  /** Puts an image into the layout of the machine. */
  const build = async (tag: string, content = tag) => {
    const layoutDir = join(cwd, 'home', 'images');
    const { manifestDigest } = await makeTinyImage(layoutDir, { node: false, layers: [[textFile('app/x', content)]] });
    const layout = await openLayout(layoutDir);
    await layout.tag(`probe:${tag}`, await layout.resolve('tiny:latest'));
    return manifestDigest;
  };
  return { ...server, cwd, run, build };
}

const json = ({ stdout, stderr }: { stdout: string; stderr: string }) => {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Record<string, never>;
};

describe('the verbs of registries', () => {
  test('push, tags, inspect and copy go from an image here to the same digest elsewhere', async () => {
    const { host, run, build } = await workplace();
    await build('1a2b3c4');
    const pushed = json(await run('push --tag 1a2b3c4 --json'));
    assert.deepEqual(
      [pushed.schema, pushed.image, pushed.unchanged],
      ['railiance.push.v1', `${host}/team/probe:1a2b3c4`, false],
    );
    const again = await run('push --tag 1a2b3c4');
    assert.equal(again.exitCode, 0);
    assert.match(again.stderr, /it is there already/);
    assert.match(again.stdout, /sent +0 B/);
    for (const tag of ['a1', 'a2', 'a3']) {
      await build(tag);
      assert.equal((await run(`push --tag ${tag}`)).exitCode, 0);
    }
    assert.equal((await run(`registry tags ${host}/team/probe`)).stdout, '1a2b3c4\na1\na2\na3\n');
    const moved = await run(`push --tag a1 --to ${host}/team/probe:1a2b3c4`);
    assert.equal(moved.exitCode, 4);
    assert.match(moved.stderr, /another image of that name.* a tag is never moved\nhint: .*inspect .*probe:1a2b3c4/);
    const inspected = json(await run(`registry inspect ${host}/team/probe:1a2b3c4 --json`));
    assert.deepEqual([inspected.configDigest, inspected.manifestDigest], [pushed.configDigest, pushed.manifestDigest]);
    const copied = json(await run(`registry copy ${host}/team/probe:1a2b3c4 ${host}/archive/probe:kept --json`));
    assert.equal(copied.manifestDigest, pushed.manifestDigest);
    assert.equal(
      json(await run(`registry inspect ${host}/archive/probe:kept --json`)).manifestDigest,
      pushed.manifestDigest,
    );
    assert.equal((await run(`registry copy ${host}/team/probe:1a2b3c4 ${host}/archive/probe:kept`)).exitCode, 0);
    const over = await run(`registry copy ${host}/team/probe:a1 ${host}/archive/probe:kept`);
    assert.equal(over.exitCode, 4);
    assert.match(over.stderr, /a tag is never moved\nhint: railiance registry inspect .*\/archive\/probe:kept/);
  });

  test('what is not there is told with exit code 2, and what is not allowed with 4', async () => {
    const { host, run } = await workplace();
    assert.equal((await run(`registry inspect ${host}/team/probe:nowhere`)).exitCode, 2);
    assert.equal((await run('registry tags not-a-registry')).exitCode, 2);
    const missing = await run('push --tag 1a2b3c4');
    assert.deepEqual([missing.exitCode, /hint: railiance build probe/.test(missing.stderr)], [2, true]);
    const wrong = await run(`registry tags ${host}/team/probe`, '', { REGISTRY: 'ann:wrong' });
    assert.equal(wrong.exitCode, 4);
    assert.match(wrong.stderr, /401.*\nhint: railiance registry check/s);
  });

  test('check proves a push and a pull, and tells credentials that may only pull', async () => {
    const { host, run } = await workplace();
    const good = await run('registry check');
    assert.equal(good.exitCode, 0, good.stdout + good.stderr);
    assert.match(good.stdout, /✓ reach.*\n✓ realm.*\n✓ push.*\n✓ pull/);
    const pullOnly = await run('registry check --json', '', { REGISTRY: `bob:${secret}` });
    const { works, findings } = json(pullOnly) as unknown as {
      works: boolean;
      findings: { name: string; verdict: string; detail: string }[];
    };
    assert.deepEqual([pullOnly.exitCode, works], [4, false]);
    assert.equal(findings.find(({ name }) => name === 'push')?.verdict, 'fail');
    assert.match(findings.find(({ name }) => name === 'push')?.detail ?? '', /pull/);
    assert.ok(host);
  });

  test('check names a realm that leads elsewhere, and the line that cures it', async () => {
    const { run } = await workplace({ realm: 'http://gitea.example.test/v2/token' });
    const { exitCode, stdout } = await run('registry check');
    assert.equal(exitCode, 4);
    assert.match(stdout, /✗ realm.*gitea\.example\.test/);
    assert.match(stdout, /cure: under \[registry\] in blueprint\.toml write {2}token = "prefetch"/);
  });

  test('login tries the password first, and keeps it where only its owner may read', async () => {
    const { host, cwd, run } = await workplace({}, 'token = "realm"');
    const file = join(cwd, '.docker', 'config.json');
    const refused = await run(`registry login ${host} --user ann`, 'wrong\n');
    assert.equal(refused.exitCode, 4);
    assert.throws(() => statSync(file));
    const kept = await run(`registry login ${host} --user ann`, `${secret}\n`);
    assert.equal(kept.exitCode, 0, kept.stderr);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(
      JSON.parse(readFileSync(file, 'utf8')).auths[host].auth,
      Buffer.from(`ann:${secret}`).toString('base64'),
    );
    assert.equal((await run(`registry tags ${host}/team/nothing`)).exitCode, 0);
  });

  test('login goes to the credential helper that the Docker configuration names, by its standard input', async () => {
    const { host, cwd, run } = await workplace({}, 'token = "realm"');
    const bin = join(cwd, 'bin');
    for (const folder of [bin, join(cwd, '.docker')]) mkdirSync(folder);
    writeFileSync(
      join(bin, 'docker-credential-test'),
      `#!/bin/sh\necho "$0 $@" >> ${cwd}/arguments\ncat > ${cwd}/kept\n`,
      { mode: 0o755 },
    );
    writeFileSync(join(cwd, '.docker', 'config.json'), '{"credsStore":"test"}');
    const path = { PATH: `${bin}:${process.env.PATH}` };
    const kept = await run(`registry login ${host} --user ann`, `${secret}\n`, path);
    assert.equal(kept.exitCode, 0, kept.stderr);
    assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'kept'), 'utf8')), {
      ServerURL: host,
      Username: 'ann',
      Secret: secret,
    });
    assert.ok(!readFileSync(join(cwd, 'arguments'), 'utf8').includes('CANARY'));
    assert.ok(!readFileSync(join(cwd, '.docker', 'config.json'), 'utf8').includes('CANARY'));
  });
});

test('a registry with a certificate of its own is reached where the blueprint names that, beside itself', async () => {
  const server = await startMemoryRegistry({ tls: loopbackCertificate });
  after(() => server.close());
  const cwd = await scratchDirectory('registry-tls');
  mkdirSync(join(cwd, 'ops'));
  writeFileSync(join(cwd, 'ops', 'ca.pem'), loopbackCertificate.cert);
  const run = (settings: string, line: string) => {
    writeFileSync(join(cwd, 'blueprint.toml'), `[registry]\npush = "${server.host}"\n${settings}\n`);
    return commandLine(line.split(' '), { cwd, env: { HOME: cwd, PATH: '', RAILIANCE_HOME: join(cwd, 'home') } });
  };
  assert.equal((await run('ca = "ops/ca.pem"', 'registry check')).exitCode, 0);
  assert.equal((await run('', `registry tags ${server.host}/app`)).exitCode, 6);
  const wrong = await run('ca = "ops/nowhere.pem"', `registry tags ${server.host}/app`);
  assert.deepEqual([wrong.exitCode, /ENOENT.*\nhint: ca under/s.test(wrong.stderr)], [2, true]);
});

describe('registry prune', () => {
  async function filled() {
    const place = await workplace();
    const git = (args: readonly string[], seconds = 0) => {
      const settings = ['user.name=Test', 'user.email=test@localhost', 'commit.gpgsign=false'].flatMap((one) => [
        '-c',
        one,
      ]);
      const env = { ...process.env, GIT_COMMITTER_DATE: `@${1_700_000_000 + seconds} +0000` };
      return execFileSync('git', [...settings, ...args], { cwd: place.cwd, env, encoding: 'utf8' }).trim();
    };
    git(['init', '--quiet']);
    const tags: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      git(['commit', '--quiet', '--allow-empty', '-m', `version ${at}`], at);
      tags.push(git(['rev-parse', '--short', 'HEAD']));
    }
    for (const tag of [...tags, 'latest']) {
      await place.build(tag);
      assert.equal((await place.run(`push --tag ${tag}`)).exitCode, 0);
    }
    return { ...place, tags };
  }

  test('says what would go and why the rest stays, then does just that, and then has nothing to do', async () => {
    const { host, run, tags } = await filled();
    const planned = json(await run('registry prune --plan --json')) as unknown as {
      removed: string[];
      kept: { tag: string; reasons: string[] }[];
    };
    assert.deepEqual(planned.removed, tags.slice(0, 3));
    assert.deepEqual(planned.kept.find(({ tag }) => tag === 'latest')?.reasons, ['nobody here knows how old it is']);
    const before = (await run(`registry tags ${host}/team/probe`)).stdout;
    assert.equal(before.trim().split('\n').length, 6, 'a plan removes nothing');
    const done = await run('registry prune');
    assert.equal(done.exitCode, 0, done.stderr);
    for (const tag of planned.removed) assert.match(done.stdout, new RegExp(`${tag} +removed`));
    assert.match(done.stdout, /latest +stays +nobody here knows how old it is/);
    const left = (await run(`registry tags ${host}/team/probe`)).stdout.trim().split('\n');
    assert.deepEqual(left, [...tags.filter((tag) => !planned.removed.includes(tag)), 'latest'].sort());
    assert.deepEqual((json(await run('registry prune --json')) as unknown as { removed: string[] }).removed, []);
  });

  test('removes no more than it may, and says what is left', async () => {
    const { run } = await filled();
    const { stdout } = await run('registry prune --limit 1');
    assert.match(stdout, /2 more are not needed: run it again, or raise --limit/);
    assert.equal((await run('registry prune --limit 0')).exitCode, 2);
  });

  test('goes for the images of this machine by the same rule', async () => {
    const { run } = await filled();
    const planned = json(await run('registry prune --local --plan --json')) as unknown as {
      removed: string[];
      where: string;
    };
    assert.equal(planned.removed.length, 4, 'two stay: the last ones');
    assert.match(planned.where, /home\/images$/);
    const done = json(await run('registry prune --local --json')) as unknown as { removed: string[] };
    assert.deepEqual(done.removed.toSorted(), planned.removed.toSorted());
    assert.deepEqual(
      (json(await run('registry prune --local --json')) as unknown as { removed: string[] }).removed,
      [],
    );
  });
});

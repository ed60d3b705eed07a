import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const bin = fileURLToPath(new URL('../../bin/railiance.js', import.meta.url));
let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'railiance-main-'));
});
after(() => rm(directory, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function railiance(...args: string[]): Promise<Ended> {
  const options = {
    cwd: directory,
    env: { ...process.env, RAILIANCE_HOME: join(directory, 'home'), RAILIANCE_DEBUG: '' },
  };
  return promisify(execFile)(process.execPath, [bin, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Ended) => ({ code, stdout, stderr }),
  );
}

test('standard output that nobody reads is no error', async () => {
  const child = spawn(process.execPath, [bin, 'completion', 'fish'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.deepEqual([code, stderr], [0, '']);
});

test('a configuration that cannot be read is told with its line, exit code 2', async () => {
  await writeFile(join(directory, 'app.toml'), '[app]\nnmae = "x"\n');
  const { code, stdout, stderr } = await railiance('plan');
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(
    stderr,
    /^railiance: error: read app\.toml: 2 problems\n {2}app\.toml:1:1: .*\n {2}app\.toml:2:1: app\.nmae: unknown key/,
  );
  await rm(join(directory, 'app.toml'));
});

test('init writes an app.toml that plan understands, and never a second time', async () => {
  await writeFile(join(directory, 'package.json'), '{"name":"shop","scripts":{"start":"node server.js"}}');
  const first = await railiance('init', '--json');
  assert.equal(first.code, 0, first.stderr);
  const { schema, file, detected } = JSON.parse(first.stdout) as {
    schema: string;
    file: string;
    detected: { slug: string };
  };
  assert.deepEqual([schema, file, detected.slug], ['railiance.init.v1', join(directory, 'app.toml'), 'shop']);
  const plan = await railiance('plan', '--json');
  assert.equal(plan.code, 0, plan.stderr);
  const again = await railiance('init');
  assert.equal(again.code, 2);
  assert.match(again.stderr, /write app\.toml: it is there already/);
});

test('options that say nothing by themselves are refused, before anything is begun', async () => {
  const cases = [
    { words: ['deploy', '--out', 'plan.json'], stderr: /--out says nothing without --plan/ },
    { words: ['deploy', '--reason', 'a hunch'], stderr: /--reason says nothing without --despite/ },
    { words: ['local', 'up', '--port', '99999'], stderr: /must be a whole number from 0 to 65535/ },
  ];
  for (const { words, stderr } of cases) {
    const ended = await railiance(...words);
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, stderr);
  }
});

test('a folder that is not there is no place for an app.toml', async () => {
  const { code, stderr } = await railiance('init', 'pakages/shop');
  assert.equal(code, 2);
  assert.match(stderr, /write pakages\/shop\/app\.toml: there is no such folder\nhint: mkdir -p pakages\/shop,/);
});

test('doctor says what is here, and exits with 6 where something is missing that everything needs', async () => {
  const { code, stdout } = await railiance('doctor', '--json');
  const { schema, ready, checks } = JSON.parse(stdout) as {
    schema: string;
    ready: boolean;
    checks: readonly { name: string; works: boolean; needed: boolean; summary: string; hint?: string }[];
  };
  assert.equal(schema, 'railiance.doctor.v1');
  assert.equal(code, ready ? 0 : 6);
  assert.equal(
    ready,
    checks.every(({ works, needed }) => works || !needed),
  );
  // What builds from a Dockerfile is listed program by program where there is one, and as missing where there is none.
  const builders = ['buildah', 'podman', 'docker', 'dockerfile'];
  const names = checks.map(({ name }) => name);
  assert.ok(names.some((name) => builders.includes(name)));
  assert.deepEqual(
    names.filter((name) => !builders.includes(name)),
    ['node', 'state directory', 'disk', 'runtimes', 'port', 'postgres', 'git', 'nix', 'ssh', 'helm', 'sops'],
  );
  assert.ok(checks.find(({ name }) => name === 'node')?.summary.includes(process.versions.node));
  for (const check of checks)
    assert.ok(check.works || check.hint !== undefined || check.name === 'runtimes', check.name);
});

test('doctor without a state directory it can write is not ready', async () => {
  await writeFile(join(directory, 'file'), '');
  const env = { ...process.env, RAILIANCE_HOME: join(directory, 'file/home') };
  const ended = await promisify(execFile)(process.execPath, [bin, 'doctor'], { cwd: directory, env }).catch(
    (error: Ended) => error,
  );
  assert.equal((ended as Ended).code, 6);
  assert.match(ended.stdout, /✗ {2}state directory .* cannot be written/);
  assert.match(ended.stdout, /state directory: .*set RAILIANCE_HOME/);
});

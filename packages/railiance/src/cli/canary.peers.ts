import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { identity, recipient } from '../secrets/sops/testKeys.ts';
import { createCanaryFinder } from '../testing/canaries.ts';
import { openFakeHub } from '../testing/fakeHub.ts';
import { type Behaviour, leakyFiles, leakySource } from '../testing/leakyApp.ts';
import { startMemoryRegistry } from '../testing/memoryRegistry.ts';
import { peer } from '../testing/peers.ts';
import { scratchDirectory } from '../testing/scratch.ts';

/**
 * Whole releases of an app that prints, answers and fails with its secrets, pushed to a registry with a password and told
 * to a hub with a key. Afterwards everything is searched: what was printed, every file, every argument list, every event.
 */
const strace = peer('strace');
const program = fileURLToPath(new URL('../../bin/railiance.js', import.meta.url));
const root = await scratchDirectory('canary-deploy');
const [cwd, home] = [join(root, 'app'), join(root, 'home')];
/** With a small letter, a capital and a digit, which so long a random text nearly always has. */
const random = () => `a1B${randomBytes(24).toString('base64')}`;
const canaries = {
  TOKEN: `${random()}&=%${random()}`,
  MULTILINE: `${random()}\n${random()}`,
  'password of the registry': random().replaceAll('/', '.'),
  'wrong password of the registry': random().replaceAll('/', '.'),
  'key of the hub': `ihk_${randomBytes(24).toString('hex')}`,
  'age key': identity.slice('AGE-SECRET-KEY-'.length),
};
const registryPassword = canaries['password of the registry'];

const registry = await startMemoryRegistry({
  auth: 'bearer',
  users: { ci: { password: registryPassword, may: 'push' } },
});
const hub = await openFakeHub(canaries['key of the hub']);
const env = {
  PATH: process.env.PATH ?? '',
  HOME: root,
  RAILIANCE_HOME: home,
  TMPDIR: join(root, 'tmp'),
  SOPS_AGE_KEY: identity,
  REGISTRY: `ci:${registryPassword}`,
};

/** What railiance made itself: generated values, the store's own key, passwords of the database. */
function madeHere(): Record<string, string> {
  const files = filesBelow(home).filter(isStore);
  const found = files
    .filter((path) => /\.(key|password)$/.test(path))
    .map((path) => [path, readFileSync(path, 'utf8')]);
  for (const path of files.filter((file) => /\/secrets\/[0-9a-f]{64}\.json$/.test(file))) {
    const { values } = JSON.parse(readFileSync(path, 'utf8')) as { values: Record<string, string> };
    if (values.SESSION) found.push([`SESSION of ${path}`, values.SESSION]);
    if (values.DATABASE_URL) found.push([`DATABASE_URL of ${path}`, new URL(values.DATABASE_URL).password]);
  }
  return Object.fromEntries(found);
}

/** Node, packed and unpacked: hundreds of megabytes that no secret was near. */
const isNodeItself = (path: string) => statSync(path).size > 32 << 20 && /\/(images|agent|cache)\//.test(path);

const seen: { readonly what: string; readonly bytes: Buffer }[] = [];
let count = 0;

/**
 * Every program that is started, by the command or by what it leaves running, is seen with its arguments. The tracer is a
 * process behind the command, so that the command's own end is seen, and lasts as long as what the command left running.
 */
function start(words: readonly string[], more: Record<string, string> = {}, input = '') {
  const trace = join(root, 'traces', String(count++));
  const tracing = ['-DD', '-f', '-qq', '--seccomp-bpf', '-s', '1000000', '-e', 'trace=execve', '-o', trace] as const;
  const argv = [...tracing, process.execPath, program, ...words];
  const child = spawn(strace, argv, { cwd, env: { ...env, ...more }, stdio: ['pipe', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stdin.end(input);
  const ended = once(child, 'exit').then(async ([exitCode]: (number | null)[]) => {
    await wait(50);
    // The tracer has these pipes as well.
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    const bytes = Buffer.concat(printed);
    seen.push({ what: `railiance ${words.join(' ')}`, bytes });
    return { exitCode, output: bytes.toString() };
  });
  return { child, ended };
}

async function run(line: string, more: Record<string, string> = {}, input = '') {
  return await start(line.split(' '), more, input).ended;
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
}

async function version(behaviour: Behaviour): Promise<void> {
  await write(leakySource(behaviour, count));
}

/** Kills a deploy, as `kill -9` does, once its journal says that a new instance is being started. */
async function killedDeploy(): Promise<void> {
  const folder = join(home, 'apps/leaky/canary/runs');
  const before = readdirSync(folder).sort().at(-1);
  const { child, ended } = start(['deploy']);
  const isStarting = () => {
    const newest = readdirSync(folder).sort().at(-1) ?? '';
    if (newest === before) return false;
    return readFileSync(join(folder, newest, 'journal.jsonl'), 'utf8').includes('"kind":"step-intent","step":"start"');
  };
  while (!isStarting() && child.exitCode === null) await wait(20);
  child.kill('SIGKILL');
  assert.equal((await ended).exitCode, null, 'it was killed');
}

async function expect(line: string, exitCode: number, says: RegExp, more: Record<string, string> = {}): Promise<void> {
  const ended = await run(line, more);
  assert.equal(ended.exitCode, exitCode, `${line}: ${ended.output}`);
  assert.match(ended.output, says, line);
}

const looks = [
  'status --json',
  'history --json',
  'history --stage canary',
  'logs --stage canary',
  'logs --stage canary --json',
  'smoke --stage canary --json',
  'gate --json',
  'deploy --plan',
  'secrets list',
  'secrets check app.env.sops.yaml',
  'secrets rotate SESSION',
  'events flush',
  'events list --json',
];

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/** The files that are for secrets. Ciphertexts beside them are not. */
const isStore = (path: string) =>
  /\/home\/((apps\/[^/]+\/[^/]+|hub)\/secrets\/[0-9a-f]{64}\.json|postgres\/roles\/[^/]+|secret-store\.key)$/.test(
    path,
  );

async function prepare(): Promise<void> {
  for (const folder of [cwd, env.TMPDIR, join(root, 'traces')]) await mkdir(folder, { recursive: true });
  const { TOKEN, MULTILINE } = canaries;
  await write({
    ...leakyFiles(registry.host, hub.url),
    'app.env.sops.yaml': JSON.stringify({ TOKEN, MULTILINE }),
  });
  await run(`secrets encrypt --in-place app.env.sops.yaml --recipient ${recipient}`);
  assert.equal((await run('local up --port 0')).exitCode, 0);
}

/** Elsewhere where this user is root, whom PostgreSQL does not serve. */
function postgresFolder(): string {
  const location = readFileSync(join(home, 'postgres/location'), 'utf8');
  return location.startsWith('/') ? location : join(home, 'postgres');
}

async function cleanUp(): Promise<void> {
  await run('local down');
  await rm(postgresFolder(), { recursive: true });
  await Promise.all([registry.close(), hub.close()]);
}

describe('secrets of an app that does its best to spread them', () => {
  before(prepare);
  after(cleanUp);

  test('go through deploys, failures of every kind, kills and rollbacks', async () => {
    assert.equal((await run('events login', {}, canaries['key of the hub'])).exitCode, 0);
    await version('serves');
    await expect('deploy --debug', 0, /\[secret\]/);
    await version('fails to migrate');
    await expect('deploy --json', 1, /migration/);
    hub.mood = { status: 500 };
    await version('answers wrongly');
    await expect('deploy --debug', 1, /smoke/);
    await version('crashes');
    await expect('deploy', 1, /crash/);
    hub.mood = 'well';

    await version('lingers');
    await killedDeploy();
    await expect('resume --undo --json', 1, /"state": "rolled-back"/);
    await expect('push', 4, /401, user or password is refused/, {
      REGISTRY: `ci:${canaries['wrong password of the registry']}`,
    });

    await expect('promote', 4, /a person's yes is needed/);
    await expect('approve --stage production --yes --reason because', 0, /may go to production/);
    await expect('promote --json', 0, /succeeded/);
    await version('serves');
    await expect('deploy', 0, /release 2/);
    await expect('rollback --stage canary --yes', 0, /release/);
    for (const line of looks) await expect(line, 0, /./);
  });

  test('and stand nowhere but in the stores that are for them', async () => {
    const stores = filesBelow(home).filter(isStore);
    const find = createCanaryFinder({ ...canaries, ...madeHere() });
    assert.ok(new Set(stores.flatMap((path) => find(readFileSync(path)))).size >= 7, 'the finder finds');
    for (const path of stores) assert.equal(statSync(path).mode & 0o077, 0, path);

    for (const { what, bytes } of seen) assert.deepEqual(find(bytes), [], `${what}\n${bytes}`);
    const files = filesBelow(root).filter((path) => !isStore(path) && !isNodeItself(path));
    files.push(join(postgresFolder(), 'postgres.log'));
    for (const kind of ['journal.jsonl', '/evidence/', '/traces/', '/hub/', '/images/', '/logs/', '.sops.yaml']) {
      assert.ok(
        files.some((path) => path.includes(kind)),
        `there is something of ${kind}`,
      );
    }
    assert.deepEqual(
      files.filter((path) => find(readFileSync(path)).length > 0),
      [],
    );
    assert.ok(hub.events.size > 50);
    assert.deepEqual(find(Buffer.from(JSON.stringify([...hub.events.values()]))), []);
  });
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { CheckResult } from '../../../domain/verdict.ts';
import { otherIdentity, otherRecipient } from '../../../secrets/sops/testKeys.ts';
import { type DeployedApp, openDeployedApp } from '../../../testing/cluster/deployedApp.ts';
import { type CommandLineOptions, commandLine } from '../../../testing/commandLine.ts';

/** A person who has a key, and a job that has none, on two machines that share nothing but a cluster. */
const slug = 'sealed';
const appToml = `
[build]
builder = "node"
[secrets]
file = "app.env.sops.yaml"
required = ["GREETING", "SESSION"]
generate = ["SESSION"]
`;
const source = `import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
const session = createHash('sha256').update(process.env.SESSION).digest('hex');
const previous = 'SESSION_PREVIOUS' in process.env;
createServer((_, response) => response.end([process.env.GREETING.length, session, previous].join(' '))).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('bootstrap', { slug, toml: appToml });
  await app.write({ 'server.js': source });
});
after(() => app.close());

type Env = CommandLineOptions['env'];
const person = () => app.env('person');
const job = () => app.env('job');

const railiance = (env: Env, words: string, input?: string) =>
  commandLine(words.split(' '), { cwd: app.directory, env, ...(input !== undefined && { input }) });

async function succeeds(env: Env, words: string, input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await railiance(env, words, input);
  assert.equal(exitCode, 0, `${words}\n${stdout}${stderr}`);
  return stdout + stderr;
}

async function keyCheck(): Promise<CheckResult | undefined> {
  const { stdout, stderr } = await railiance(job(), 'gate --json');
  assert.ok(stdout.startsWith('{'), stderr);
  const { checks } = JSON.parse(stdout) as { checks: readonly CheckResult[] };
  return checks.find(({ name }) => name === 'secrets key');
}

describe('an age key in the cluster', () => {
  test('lets a job deploy that has no key of its own', async () => {
    const deployKey = join(app.folder, 'deploy.agekey');
    await succeeds(person(), 'secrets keygen');
    const made = await succeeds(person(), `secrets keygen --output ${deployKey}`);
    const deployRecipient = /age1[0-9a-z]{58}/.exec(made)?.[0] ?? '';
    await succeeds(person(), 'secrets init');
    await succeeds(person(), 'secrets set GREETING', 'a long greeting');

    const before = await keyCheck();
    assert.equal(before?.verdict, 'unknown');
    assert.match(before?.summary ?? '', /no age key .*nor is there one in bootstrap-/);
    assert.match(before?.hint ?? '', /railiance secrets bootstrap production/);

    const warned = await succeeds(person(), `secrets bootstrap production ${deployKey}`);
    assert.match(warned, /it does not open app\.env\.sops\.yaml/);
    assert.match((await keyCheck())?.summary ?? '', /nor does the key in the cluster/);

    await succeeds(person(), `secrets add-recipient ${deployRecipient}`);
    const again = await succeeds(person(), `secrets bootstrap production ${deployKey}`);
    assert.match(again, /is in bootstrap-\w+-state already/);
    assert.doesNotMatch(again, /does not open/);
    assert.equal((await keyCheck())?.verdict, 'pass');
    await succeeds(job(), 'deploy');
    assert.match(await app.serves(), /^15 [0-9a-f]{64} false$/);
  });

  test('is not overwritten by another', async () => {
    const other = join(app.folder, 'other.agekey');
    await writeFile(other, `# public key: ${otherRecipient}\n${otherIdentity}\n`, { mode: 0o600 });
    const { exitCode, stderr } = await railiance(person(), `secrets bootstrap production ${other}`);
    assert.equal(exitCode, 4);
    assert.match(stderr, /the Secret sops-age holds another key/);
    assert.match(stderr, /hint: kubectl delete secret sops-age/);
    assert.equal((await keyCheck())?.verdict, 'pass');
  });

  test('is tried where the key that a job has is for other files', async () => {
    const strange = { ...job(), SOPS_AGE_KEY: otherIdentity };
    assert.match(await succeeds(strange, 'deploy --plan'), /secrets: as they are/);
  });
});

describe('rotation on a stage that is a cluster', () => {
  test('of a generated value takes the next deploy, and keeps the one before where that is asked', async () => {
    const [, session] = (await app.serves()).split(' ');
    await succeeds(job(), 'secrets rotate SESSION --keep-previous');
    assert.match(await app.serves(), new RegExp(` ${session} false$`));
    await succeeds(job(), 'deploy');
    const [, renewed, previous] = (await app.serves()).split(' ');
    assert.notEqual(renewed, session);
    assert.equal(previous, 'true');
  });

  test('of a database login is refused with what to do: its database was not made here', async () => {
    await app.configure(`${appToml}[database]\n`);
    const { exitCode, stderr } = await railiance(job(), 'secrets rotate DATABASE_URL');
    await app.configure(appToml);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /the database of sealed on production was not made by railiance/);
    assert.match(stderr, /railiance secrets set DATABASE_URL --app sealed --stage production/);
  });

  test('revoking finds a leaked value in the cluster, and bars the release that has it', async () => {
    const leaked = 'another, leaked greeting';
    await succeeds(person(), 'secrets set GREETING', leaked);
    await succeeds(job(), 'deploy');
    await succeeds(person(), 'secrets set GREETING', 'a third greeting');
    await succeeds(job(), 'deploy');
    const said = await succeeds(job(), 'secrets revoke GREETING', leaked);
    assert.match(said, /sealed@production: release 3 cannot be brought back any more/);
    assert.ok(!said.includes(leaked));
    for (const env of [job(), person()]) {
      const refused = await railiance(env, 'rollback --to 3 --yes');
      assert.notEqual(refused.exitCode, 0, refused.stdout);
      assert.match(refused.stdout + refused.stderr, /leaked/);
    }
    assert.match(await app.serves(), /^16 /);
  });

  test('leaves what a job deployed to be compared with on another machine', async () => {
    const before = await succeeds(person(), 'secrets diff --release 3 --stage production');
    assert.match(before, /~ changed +GREETING/);
    assert.match(await succeeds(person(), 'secrets diff --release 4 --stage production'), /holds the same/);
  });

  test('of the data key changes no value', async () => {
    const said = await succeeds(person(), 'secrets rotate-key');
    assert.match(said, /app\.env\.sops\.yaml has a new data key/);
    assert.match(said, /the kept ciphertext [0-9a-f]{12} of sealed@production has a new data key/);
    assert.match(await succeeds(job(), 'deploy --plan'), /secrets: as they are/);
  });
});

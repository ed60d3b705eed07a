import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import type { CheckResult } from '../../../domain/verdict.ts';
import { otherIdentity, otherRecipient } from '../../../secrets/sops/testKeys.ts';
import { openLabCluster } from '../../../testing/cluster/clusterFixture.ts';
import { commandLine } from '../../../testing/commandLine.ts';
import { fetchAt } from '../../../testing/local/localFixture.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';

/** A person who has a key, and a job that has none, on two machines that share nothing but a cluster. */
const root = await scratchDirectory('bootstrap');
const lab = openLabCluster('bootstrap');
after(() => lab.clear());
const slug = 'sealed';
const folder = join(root, slug);
const { KUBECONFIG, PATH } = process.env;
const machine = (name: string) => ({ KUBECONFIG, PATH, HOME: join(root, name), RAILIANCE_HOME: join(root, name) });
const job = machine('job');

const railiance = (env: Parameters<typeof commandLine>[1]['env'], words: string, input?: string) =>
  commandLine(words.split(' '), { cwd: folder, env, ...(input !== undefined && { input }) });

async function succeeds(env: Parameters<typeof railiance>[0], words: string, input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await railiance(env, words, input);
  assert.equal(exitCode, 0, `${words}\n${stdout}${stderr}`);
  return stdout + stderr;
}

async function keyCheck(): Promise<CheckResult | undefined> {
  const { stdout, stderr } = await railiance(job, 'gate --json');
  assert.ok(stdout.startsWith('{'), stderr);
  const { checks } = JSON.parse(stdout) as { checks: readonly CheckResult[] };
  return checks.find(({ name }) => name === 'secrets key');
}

async function served(): Promise<string> {
  const [host = '', port = ''] = lab.http.split(':');
  const url = `http://${slug}.production.localhost`;
  return (await fetchAt({ url, connect: { host, port: Number(port) } }, '/')).body;
}

const blueprint = `
[registry]
push = "${lab.registry}"
plain_http = true
[[stages]]
name = "production"
engine = "kubernetes"
production = false
[stages.settings]
namespace = "${lab.mark}-apps"
state_namespace = "${lab.mark}-state"
ingress = { http = "${lab.http}" }
`;
const appToml = `
[app]
name = "${slug}"
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

describe('an age key in the cluster', () => {
  test('lets a job deploy that has no key of its own', async () => {
    for (const name of [slug, 'person', 'job']) await mkdir(join(root, name));
    await writeFile(join(folder, 'blueprint.toml'), blueprint);
    await writeFile(join(folder, 'app.toml'), appToml);
    await writeFile(join(folder, 'server.js'), source);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: slug, type: 'module', main: 'server.js' }));
    const deployKey = join(root, 'deploy.agekey');
    await succeeds(machine('person'), 'secrets keygen');
    const made = await succeeds(machine('person'), `secrets keygen --output ${deployKey}`);
    const deployRecipient = /age1[0-9a-z]{58}/.exec(made)?.[0] ?? '';
    await succeeds(machine('person'), 'secrets init');
    await succeeds(machine('person'), 'secrets set GREETING', 'a long greeting');

    const before = await keyCheck();
    assert.equal(before?.verdict, 'unknown');
    assert.match(before?.summary ?? '', /no age key .*nor is there one in bootstrap-/);
    assert.match(before?.hint ?? '', /railiance secrets bootstrap production/);

    const warned = await succeeds(machine('person'), `secrets bootstrap production ${deployKey}`);
    assert.match(warned, /it does not open app\.env\.sops\.yaml/);
    assert.match((await keyCheck())?.summary ?? '', /nor does the key in the cluster/);

    await succeeds(machine('person'), `secrets add-recipient ${deployRecipient}`);
    const again = await succeeds(machine('person'), `secrets bootstrap production ${deployKey}`);
    assert.match(again, /is in bootstrap-\w+-state already/);
    assert.doesNotMatch(again, /does not open/);
    assert.equal((await keyCheck())?.verdict, 'pass');
    await succeeds(job, 'deploy');
    assert.match(await served(), /^15 [0-9a-f]{64} false$/);
  });

  test('is not overwritten by another', async () => {
    const other = join(root, 'other.agekey');
    await writeFile(other, `# public key: ${otherRecipient}\n${otherIdentity}\n`, { mode: 0o600 });
    const { exitCode, stderr } = await railiance(machine('person'), `secrets bootstrap production ${other}`);
    assert.equal(exitCode, 4);
    assert.match(stderr, /the Secret sops-age holds another key/);
    assert.match(stderr, /hint: kubectl delete secret sops-age/);
    assert.equal((await keyCheck())?.verdict, 'pass');
  });

  test('is tried where the key that a job has is for other files', async () => {
    const strange = { ...job, SOPS_AGE_KEY: otherIdentity };
    assert.match(await succeeds(strange, 'deploy --plan'), /secrets: as they are/);
  });
});

describe('rotation on a stage that is a cluster', () => {
  test('of a generated value takes the next deploy, and keeps the one before where that is asked', async () => {
    const [, session] = (await served()).split(' ');
    await succeeds(job, 'secrets rotate SESSION --keep-previous');
    assert.match(await served(), new RegExp(` ${session} false$`));
    await succeeds(job, 'deploy');
    const [, renewed, previous] = (await served()).split(' ');
    assert.notEqual(renewed, session);
    assert.equal(previous, 'true');
  });

  test('of a database login is refused with what to do: its database was not made here', async () => {
    await writeFile(join(folder, 'app.toml'), `${appToml}[database]\n`);
    const { exitCode, stderr } = await railiance(job, 'secrets rotate DATABASE_URL');
    await writeFile(join(folder, 'app.toml'), appToml);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /the database of sealed on production was not made by railiance/);
    assert.match(stderr, /railiance secrets set DATABASE_URL --app sealed --stage production/);
  });

  test('revoking finds a leaked value in the cluster, and bars the release that has it', async () => {
    const leaked = 'another, leaked greeting';
    await succeeds(machine('person'), 'secrets set GREETING', leaked);
    await succeeds(job, 'deploy');
    await succeeds(machine('person'), 'secrets set GREETING', 'a third greeting');
    await succeeds(job, 'deploy');
    const said = await succeeds(job, 'secrets revoke GREETING', leaked);
    assert.match(said, /sealed@production: release 3 cannot be brought back any more/);
    assert.ok(!said.includes(leaked));
    for (const env of [job, machine('person')]) {
      const refused = await railiance(env, 'rollback --to 3 --yes');
      assert.notEqual(refused.exitCode, 0, refused.stdout);
      assert.match(refused.stdout + refused.stderr, /leaked/);
    }
    assert.match(await served(), /^16 /);
  });

  test('leaves what a job deployed to be compared with on another machine', async () => {
    const before = await succeeds(machine('person'), 'secrets diff --release 3 --stage production');
    assert.match(before, /~ changed +GREETING/);
    assert.match(await succeeds(machine('person'), 'secrets diff --release 4 --stage production'), /holds the same/);
  });

  test('of the data key changes no value', async () => {
    const said = await succeeds(machine('person'), 'secrets rotate-key');
    assert.match(said, /app\.env\.sops\.yaml has a new data key/);
    assert.match(said, /the kept ciphertext [0-9a-f]{12} of sealed@production has a new data key/);
    assert.match(await succeeds(job, 'deploy --plan'), /secrets: as they are/);
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveHub } from '../testing/liveHub.ts';
import { fillHub } from '../testing/sampleHub.ts';
import { issueKey } from './keyStore.ts';

const program = join(process.env.RAILIANCE_PEERS ?? join(homedir(), '.cache/railiance-peers'), 'bin/schemathesis');
/** What the document promises of every answer, beside never failing. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
];

test('schemathesis finds no request that fails the hub, and no answer that is not in its document', async () => {
  const hub = await liveHub();
  await fillHub(hub.deps, await hub.client(['admin'], { ratePerMinute: 1_000_000 }));
  const { key } = await issueKey(hub.deps.database, {
    consumer: 'schemathesis',
    scopes: ['admin'],
    createdBy: 'test',
    ratePerMinute: 10_000_000,
  });
  const options = [
    '--checks',
    checks.join(','),
    '--phases',
    'coverage,fuzzing',
    '--max-examples',
    '5',
    // Its threads trip over one another in Python's own parser: "AST constructor recursion depth mismatch".
    '--workers',
    '1',
  ];
  const cwd = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  const child = spawn(
    program,
    // A stream does not end, so it is no answer to check here.
    ['run', `${hub.url}/api/v2/openapi.json`, '-H', `Authorization: Bearer ${key}`, ...options]
      .concat('--exclude-path', '/api/v2/events/stream', '--seed', '7', '--request-timeout', '30', '--no-color')
      .concat('--continue-on-failure', '--suppress-health-check', 'all', '--warnings', 'off'),
    // It keeps what it found beside where it runs.
    { cwd, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((ended) => child.on('close', ended));
  await rm(cwd, { recursive: true });
  assert.equal(code, 0, output.slice(-20_000));
  assert.match(output, /No issues found|passed/i);
});

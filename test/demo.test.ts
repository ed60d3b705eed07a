import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Demo {
  readonly schema: string;
  readonly sights: readonly { readonly what: string; readonly seen: boolean }[];
}

test('the demo shows the whole path on this machine, and exits 0 only if each promise was seen', async () => {
  const cli = fileURLToPath(new URL('../packages/railiance/bin/railiance.js', import.meta.url));
  const child = spawn(process.execPath, [cli, 'demo', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(exitCode, 0, stderr);
  const { schema, sights }: Demo = JSON.parse(stdout);
  assert.equal(schema, 'railiance.demo.v1');
  assert.deepEqual(
    sights.filter(({ seen }) => !seen),
    [],
  );
  for (const cause of ['smoke', 'migration', 'ignores-port']) {
    assert(
      sights.some(({ what }) => what.endsWith(`: ${cause}`)),
      `a version was caught by ${cause}`,
    );
  }
  assert(
    sights.some(({ what }) => /^it was told all \d+ events/.test(what)),
    'the hub saw it',
  );
  assert(sights.some(({ what }) => /a visitor asked \d+ times all the while, and 0 requests failed/.test(what)));
});

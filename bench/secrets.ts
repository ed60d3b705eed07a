import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { identity, recipient } from '../packages/railiance/src/secrets/sops/testKeys.ts';
import { peer } from '../packages/railiance/src/testing/peers.ts';
import { defineBench, inTurn, type Row, ratioRow, timed } from './harness.ts';

const pairs = 11;
const keys = 1000;
const mostRatio = 0.5;
const packageDir = fileURLToPath(new URL('../packages/railiance/', import.meta.url));

/** The bundled command line as it is published, built now. */
function bundledProgram(folder: string): string {
  execFileSync(process.execPath, [join(packageDir, 'scripts/build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  cpSync(join(packageDir, 'dist'), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, 'dist', 'main.js');
}

function runner(folder: string, input: string) {
  const env = { PATH: process.env.PATH, HOME: folder, SOPS_AGE_KEY: identity, SOPS_DISABLE_VERSION_CHECK: '1' };
  return async (program: string, ...args: string[]): Promise<number> =>
    timed(async () => {
      const stdin = openSync(input, 'r');
      const { status, stderr } = spawnSync(program, args, { cwd: folder, env, stdio: [stdin, 'ignore', 'pipe'] });
      closeSync(stdin);
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    });
}

async function measure(folder: string, say: (line: string) => void): Promise<Row[]> {
  const sops = peer('sops');
  const ours = ['--no-warnings', bundledProgram(folder)] as const;
  const plain = Array.from({ length: keys }, (_, index) => `KEY_${index}: value ${index * 7919} of a key\n`).join('');
  for (const name of ['plain.yaml', 'ours.yaml', 'peer.yaml']) writeFileSync(join(folder, name), plain);
  const value = join(folder, 'value');
  writeFileSync(value, '"changed"');
  const run = runner(folder, value);
  for (const name of ['ours.yaml', 'peer.yaml']) await run(sops, 'encrypt', '--in-place', '--age', recipient, name);
  const work: readonly (readonly [what: string, ours: () => Promise<number>, peer: () => Promise<number>])[] = [
    [
      `encrypt ${keys} keys`,
      () => run(process.execPath, ...ours, 'secrets', 'encrypt', 'plain.yaml', '--recipient', recipient),
      () => run(sops, 'encrypt', '--age', recipient, 'plain.yaml'),
    ],
    [
      `decrypt ${keys} keys`,
      () => run(process.execPath, ...ours, 'secrets', 'decrypt', 'ours.yaml'),
      () => run(sops, 'decrypt', 'peer.yaml'),
    ],
    [
      `set one of ${keys} keys`,
      () => run(process.execPath, ...ours, 'secrets', 'set', 'KEY_500', '--file', 'ours.yaml'),
      () => run(sops, 'set', '--value-stdin', 'peer.yaml', '["KEY_500"]'),
    ],
  ];
  say('start alone');
  const start = await inTurn(
    pairs,
    () => run(process.execPath, ...ours, '--version'),
    () => run(process.execPath, '-e', '0'),
  );
  const rows: Row[] = [];
  for (const [what, mine, theirs] of work) {
    say(what);
    const row = ratioRow(what, 'ms', await inTurn(pairs, mine, theirs), 'sops', mostRatio);
    const note = `${Math.round(start.peer)} ms of it start Node, ${Math.round(start.ours - start.peer)} ms the command line`;
    rows.push(row.met ? row : { ...row, note });
  }
  const ratio = start.ours / start.peer;
  return [
    ...rows,
    { work: 'start alone', unit: 'ms', ...start, peerName: 'node -e 0', ratio, goal: 'none', met: true },
  ];
}

export default defineBench({
  summary: `files of ${keys} secrets beside sops, whole processes`,
  async versions() {
    const version = execFileSync(peer('sops'), ['--version', '--disable-version-check'], { encoding: 'utf8' });
    return { sops: version.trim().split('\n')[0] ?? 'unknown' };
  },
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), 'railiance-bench-secrets-'));
    try {
      return await measure(folder, say);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});

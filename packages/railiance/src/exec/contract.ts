import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import type { FakeProgram } from '../testing/fakeExec.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import type { Command, Exec } from './exec.ts';
import { createRedactor, type Redactor } from './redact.ts';

/** A program of the suite, once as JavaScript for Node and once as a function. */
interface Sample {
  readonly script: string;
  readonly fake: FakeProgram;
}

const mebibyte = 1024 * 1024;

/** What the suite runs; an adapter makes these available under their names. */
export const samplePrograms: Readonly<Record<string, Sample>> = {
  greet: {
    script: 'process.stdout.write("one\\ntwo");process.stderr.write("oops\\n");process.exit(Number(process.argv[2]))',
    fake: ({ args }) => ({ stdout: 'one\ntwo', stderr: 'oops\n', exitCode: Number(args[0]) }),
  },
  echo: {
    script: 'process.stdin.pipe(process.stdout)',
    fake: ({ input }) => ({ stdout: input }),
  },
  environment: {
    script: 'process.stdout.write(JSON.stringify(process.env))',
    fake: ({ env }) => ({ stdout: JSON.stringify(env) }),
  },
  hang: {
    script: 'setInterval(() => {}, 1000)',
    fake: () => new Promise(() => undefined),
  },
  flood: {
    script: `process.stdout.write("x".repeat(${3 * mebibyte}))`,
    fake: () => ({ stdout: 'x'.repeat(3 * mebibyte) }),
  },
  hostile: {
    script: 'process.stdout.write("\\x1b[31m::set-output name=a::b\\x07\\n\\xff", "latin1")',
    fake: () => ({ stdout: Buffer.from('\x1b[31m::set-output name=a::b\x07\n\xff', 'latin1') }),
  },
};

/** True where some process has that id, for tests of what is left of one. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What every Exec does. `create` gives one that knows the sample programs. */
export function execContract(name: string, create: (redact?: Redactor) => Promise<Exec>): void {
  const run = async (command: Command, redact?: Redactor) => (await create(redact)).run(command);

  test(`${name}: an exit code other than 0 is a result, with both streams apart`, async () => {
    const result = await run({ argv: ['greet', '3'] });
    assert.equal(result.exitCode, 3);
    assert.equal(result.signal, null);
    assert.equal(result.stdout, 'one\ntwo');
    assert.equal(result.stderr, 'oops\n');
    assert.equal(result.truncated, false);
    assert.equal(result.timedOut, false);
  });

  test(`${name}: lines come as they are written, the last one without a line feed too`, async () => {
    const lines: string[] = [];
    await run({ argv: ['greet', '0'], onLine: (line, stream) => lines.push(`${stream} ${line}`) });
    assert.deepEqual(lines.sort(), ['stderr oops', 'stdout one', 'stdout two']);
  });

  test(`${name}: the input is given and closed`, async () => {
    assert.equal((await run({ argv: ['echo'], input: 'päckchen' })).stdout, 'päckchen');
  });

  test(`${name}: input may come in pieces, and output of any size go to a file`, async () => {
    const folder = await scratchDirectory('output');
    const outputFile = join(folder, 'out');
    const pieces = async function* () {
      for (let piece = 0; piece < 3; piece++) yield Buffer.alloc(mebibyte, String(piece));
    };
    const result = await run({ argv: ['echo'], input: pieces(), outputFile });
    assert.deepEqual([result.exitCode, result.stdout, result.truncated], [0, '', false]);
    assert.equal((await readFile(outputFile, 'latin1')).replace(/(.)\1+/g, '$1'), '012');
    assert.equal((await stat(outputFile)).size, 3 * mebibyte);
  });

  test(`${name}: input whose source breaks off is an error, whatever the program makes of it`, async () => {
    const broken = async function* () {
      yield Buffer.from('half');
      throw new Error('the source broke off');
    };
    await assert.rejects(run({ argv: ['echo'], input: broken() }), /the source broke off/);
  });

  test(`${name}: the environment is minimal, and a secret is revealed to the program alone`, async () => {
    process.env.RAILIANCE_CONTRACT_CANARY = 'inherited';
    const env = { PLAIN: 'plain', KEY: new Secret('revealed-key') };
    const seen = JSON.parse((await run({ argv: ['environment'], env })).stdout) as Record<string, string>;
    delete process.env.RAILIANCE_CONTRACT_CANARY;
    assert.equal(seen.PLAIN, 'plain');
    assert.equal(seen.KEY, 'revealed-key');
    const [folder = 'none'] = (process.env.PATH ?? '').split(delimiter);
    assert.ok(seen.PATH?.split(delimiter).includes(folder), seen.PATH);
    assert.equal(seen.RAILIANCE_CONTRACT_CANARY, undefined);
  });

  test(`${name}: a time-out ends the program and is told`, async () => {
    const result = await run({ argv: ['hang'], timeoutMs: 300 });
    assert.deepEqual([result.exitCode, result.signal, result.timedOut], [null, 'SIGTERM', true]);
  });

  test(`${name}: an abort ends the program; before the start nothing is started`, async () => {
    const result = await run({ argv: ['hang'], signal: AbortSignal.timeout(300) });
    assert.deepEqual([result.exitCode, result.signal, result.timedOut], [null, 'SIGTERM', false]);
    const reason = new Error('no longer wanted');
    await assert.rejects(run({ argv: ['hang'], signal: AbortSignal.abort(reason) }), reason);
  });

  test(`${name}: a missing program is a Failure with exit code 6 that says where it was looked for`, async () => {
    await assert.rejects(run({ argv: ['no-such-program-anywhere'] }), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.exitCode, 6);
      assert.match(error.problem, /PATH/);
      assert.match(error.hint ?? '', /install no-such-program-anywhere/);
      return true;
    });
  });

  test(`${name}: the first mebibyte is kept, and one line is bounded`, async () => {
    const lines: string[] = [];
    const result = await run({ argv: ['flood'], onLine: (line) => lines.push(line) });
    assert.equal(result.stdout.length, mebibyte);
    assert.equal(result.truncated, true);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^x{16384} … \[line cut\]$/);
  });

  test(`${name}: lines cannot drive a terminal or a CI runner`, async () => {
    const lines: string[] = [];
    await run({ argv: ['hostile'], onLine: (line) => lines.push(line) });
    assert.deepEqual(lines, [': :set-output name=a::b␇', '\ufffd']);
  });

  test(`${name}: secrets are taken out of results and lines`, async () => {
    const lines: string[] = [];
    const command = {
      argv: ['echo'] as const,
      input: 'key=s3cret-value\n',
      onLine: (line: string) => lines.push(line),
    };
    const result = await run(command, createRedactor(['s3cret-value']));
    assert.equal(result.stdout, 'key=[secret]\n');
    assert.deepEqual(lines, ['key=[secret]']);
  });
}

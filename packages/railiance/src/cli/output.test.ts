import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

import { Failure } from '../domain/failure.ts';
import { createRedactor } from '../exec/redact.ts';
import { type FakeTerminalOptions, fakeTerminal } from '../testing/terminal.ts';
import { bold, red } from './output/text.ts';
import { Output, type OutputOptions } from './output.ts';

function open(options: Partial<OutputOptions> = {}, streams: FakeTerminalOptions = {}) {
  const terminal = fakeTerminal(streams);
  const output = new Output(terminal, { json: false, yes: false, debug: false, env: {}, ...options });
  return { output, written: terminal.written };
}

const secret = 'correct-horse-battery';

test('results go to standard output, everything beside them to standard error', () => {
  const { output, written } = open();
  output.line(['one ', bold('two')]);
  output.note('a note');
  output.warn('careful', 'do this');
  assert.deepEqual(written, { stdout: 'one two\n', stderr: 'a note\nrailiance: warning: careful\nhint: do this\n' });
});

test('with --json standard output is one document, and text for people is left out', () => {
  const { output, written } = open({ json: true });
  output.line('for people');
  output.result({ schema: 'railiance.test.v1', value: 1 }, () => output.line('for people'));
  assert.deepEqual(JSON.parse(written.stdout), { schema: 'railiance.test.v1', value: 1 });
});

test('an error says what was done, what went wrong and what to do, and gives its exit code', () => {
  const { output, written } = open();
  const failure = new Failure('read app.toml', '2 problems\napp.toml:1:1: a\napp.toml:2:1: b', {
    hint: 'mend it',
    exitCode: 2,
  });
  assert.equal(output.failure(failure), 2);
  assert.equal(
    written.stderr,
    'railiance: error: read app.toml: 2 problems\n  app.toml:1:1: a\n  app.toml:2:1: b\nhint: mend it\n',
  );
});

test('with --json an error is a document too, unless there is one already', () => {
  const { output, written } = open({ json: true });
  output.failure(new Failure('do', 'it failed', { exitCode: 4 }));
  assert.deepEqual(JSON.parse(written.stdout), { schema: 'railiance.error.v1', message: 'do: it failed', exitCode: 4 });
  const second = open({ json: true });
  second.output.result({ schema: 'railiance.test.v1' }, () => {});
  second.output.failure(new Failure('do', 'it failed'));
  assert.deepEqual(JSON.parse(second.written.stdout), { schema: 'railiance.test.v1' });
});

test('what is not a Failure is a mistake of ours: told with its stack, and a person is needed', () => {
  const { output, written } = open();
  assert.equal(output.failure(new TypeError('x is undefined')), 5);
  assert.match(written.stderr, /railiance: error: x is undefined\nhint: .*report it\n.*at /s);
});

test('causes and stacks come with --debug, each once, also in a circle', () => {
  const cause: Error & { cause?: unknown } = new Error('the socket broke');
  cause.cause = cause;
  const { output, written } = open({ debug: true });
  output.failure(new Failure('push', 'it failed', { cause }));
  assert.equal(written.stderr.split('Error: the socket broke').length, 2);
});

test('no secret comes out, however it is printed', () => {
  const forms = [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(`${secret}/x`).slice(0, -4)];
  for (const [json, color] of [
    [false, '0'],
    [false, '1'],
    [true, '0'],
  ] as const) {
    const { output, written } = open({ json, debug: true, env: { FORCE_COLOR: color } });
    output.redactWith(createRedactor([secret]));
    for (const form of forms) {
      output.line(`a ${form} b`);
      output.line([form.slice(0, 9), red(form.slice(9))]);
      output.note(form);
      output.warn(form, form);
      output.page(form);
      output.table([{ title: 'T', value: (row: string) => row, flexible: true }], [form], '');
      output.record({ schema: 'railiance.test.v1', deep: [{ form }] }, form);
      output.failure(new Failure('do', form, { hint: form, cause: new Error(form) }));
      const view = output.run(form);
      view.start('step', form);
      view.progress('step', { kind: 'log', source: form, line: form });
      view.progress('step', { kind: 'note', text: form });
      view.finish('step', 'failed', form);
      view.close();
    }
    const seen = stripVTControlCharacters(`${written.stdout}${written.stderr}`);
    for (const form of forms) assert.ok(!seen.includes(form), form);
  }
});

test('half a secret does not come out where a line is cut', () => {
  const { output, written } = open({}, { isTTY: true, columns: 40, rows: 10 });
  output.redactWith(createRedactor([secret]));
  output.table([{ title: 'T', value: (row: string) => row, flexible: true }], [`${'x'.repeat(28)}${secret}`], '');
  const view = output.run('');
  view.start('a', 'step');
  view.progress('a', { kind: 'note', text: `${'y'.repeat(14)}${secret}` });
  view.close();
  assert.doesNotMatch(`${written.stdout}${written.stderr}`, /correct/);
});

test('a reader that has gone away is no error, and can be asked about', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const { output } = open({}, { writeError: gone });
  const { closed } = output;
  output.line('x');
  await setImmediate();
  assert.equal(closed.aborted, true);
  output.line('y');
  assert.equal(await output.end(0), 0);
});

test('a result that could not be written is a failure', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const { output, written } = open({}, { writeError: full });
  output.line('x');
  await setImmediate();
  assert.equal(await output.end(0), 6);
  assert.match(written.stderr, /write standard output: ENOSPC/);
});

test('without a terminal nobody is asked: --yes is a yes, and without it a person is needed', async () => {
  await assert.rejects(open().output.confirm('Delete it?'), { name: 'Failure', exitCode: 5 });
  assert.equal(await open({ yes: true }).output.confirm('Delete it?'), true);
  assert.equal(await open({ yes: true }).output.select('Which?', [{ value: 'a', label: 'A' }]), 'a');
});

test('colour follows the terminal, NO_COLOR, FORCE_COLOR and TERM', () => {
  const colored = (env: Record<string, string>, isTTY: boolean) => {
    const { output, written } = open({ env }, { isTTY, columns: 80, rows: 20 });
    output.line(red('x'));
    return written.stdout.includes('\x1b[');
  };
  assert.equal(colored({}, true), true);
  assert.equal(colored({}, false), false);
  assert.equal(colored({ NO_COLOR: '1' }, true), false);
  assert.equal(colored({ NO_COLOR: '' }, true), true);
  assert.equal(colored({ TERM: 'dumb' }, true), false);
  assert.equal(colored({ FORCE_COLOR: '1', NO_COLOR: '1' }, false), true);
  assert.equal(colored({ FORCE_COLOR: '0' }, true), false);
});

test('a run without a terminal is one line a step, as it ends', () => {
  const { output, written } = open();
  const view = output.run('Deploy x');
  view.plan([
    { id: 'a', title: 'First' },
    { id: 'b', title: 'Second' },
  ]);
  view.start('a');
  view.progress('a', { kind: 'log', source: 'app', line: 'noise' });
  view.finish('a', 'done', 'seen');
  view.finish('b', 'skipped', 'not needed');
  view.finish('a', 'undone', 'taken back');
  view.close();
  const lines = written.stderr
    .replace(/ \(\d+ ms\)/g, '')
    .trimEnd()
    .split('\n');
  assert.deepEqual(lines, ['Deploy x', '✓ First: seen', '– Second: not needed', '↩ First: taken back']);
});

test('on a terminal the steps stay on the screen, and lines printed meanwhile stay above them', () => {
  const { output, written } = open({ env: { NO_COLOR: '1' } }, { isTTY: true, columns: 60, rows: 20 });
  const view = output.run('');
  view.plan([
    { id: 'a', title: 'First' },
    { id: 'b', title: 'Second' },
  ]);
  view.start('a');
  output.warn('meanwhile');
  view.finish('a', 'done', 'seen');
  view.close();
  assert.ok(written.stderr.includes('\x1b[2A\r\x1b[J\x1b[?25hrailiance: warning: meanwhile\n'), 'above the picture');
  assert.match(written.stderr, /✓ First {3}seen/);
  assert.ok(written.stderr.endsWith('\x1b[?25h'), 'the cursor is shown again');
});

test('steps that no longer fit the screen scroll away for good', () => {
  const { output, written } = open({ env: { NO_COLOR: '1' } }, { isTTY: true, columns: 60, rows: 6 });
  const view = output.run('');
  for (let at = 0; at < 12; at++) {
    view.start(`s${at}`, `Step ${at}`);
    view.finish(`s${at}`, 'done', `seen ${at}`);
  }
  view.close();
  for (let at = 0; at < 12; at++) assert.ok(written.stderr.includes(`seen ${at}`), `step ${at}`);
});

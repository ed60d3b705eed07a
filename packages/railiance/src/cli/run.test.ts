import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { Failure } from '../domain/failure.ts';
import { fakeTerminal } from '../testing/terminal.ts';
import { type AnyCommand, defineCommand, flag, integer, list, optional, required, rest, text } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { runCommandLine } from './run.ts';

const echo = defineCommand({
  name: 'echo',
  group: 'Look',
  summary: 'Print what was given',
  description: ['More of it.'],
  arguments: { app: required('the app'), color: optional('a colour', ['red', 'green']), words: rest('the rest') },
  options: {
    stage: text('name', 'the stage', { short: 's' }),
    keepGoing: flag('go on'),
    lines: integer('n', 'how many', 10),
    despite: list('check', 'a check'),
  },
  examples: [{ line: 'railiance echo shop', does: 'an example' }],
  async run({ args, options, output }) {
    output.result({ schema: 'railiance.echo.v1', args, options }, () => output.line(`app ${args.app}`));
  },
});

function command(name: string, run: AnyCommand['run']): AnyCommand {
  return defineCommand({
    name,
    group: 'Operate',
    summary: `Do ${name}`,
    arguments: {},
    options: {},
    examples: [],
    run,
  });
}

const all = [
  echo as AnyCommand,
  command('fail', async () => {
    throw new Failure('do', 'it failed', { hint: 'try', exitCode: 4 });
  }),
  command('code', async () => 3),
  command('local up', async ({ output }) => output.line('up')),
  command('local down', async ({ output }) => output.line('down')),
  command('patient', async ({ signal, output }) => {
    await wait(60_000, undefined, { signal }).catch(() => output.line('undone'));
  }),
  {
    ...command('release', async ({ signal, output }) => {
      await wait(60_000, undefined, { signal }).catch(() => output.line('undone'));
    }),
    resumable: true,
  } as AnyCommand,
  command('slow', async ({ signal }) => {
    await wait(60_000, undefined, { signal }).catch(() => wait(400));
  }),
  command('abort', async ({ signal }) => {
    await wait(60_000, undefined, { signal });
  }),
  command('stuck', async ({ signal }) => {
    await wait(60_000, undefined, { signal }).catch(() => {});
    throw new Failure('undo', 'it did not work', { exitCode: 5 });
  }),
];

async function cli(argv: readonly string[], during?: (signals: EventEmitter) => void) {
  const loaded: string[] = [];
  const exits: number[] = [];
  const signals = new EventEmitter();
  const { written, ...streams } = fakeTerminal();
  const commands = all.map(
    (each): CommandEntry => ({
      name: each.name,
      group: each.group,
      summary: each.summary,
      load: async () => {
        loaded.push(each.name);
        return { default: each };
      },
    }),
  );
  const exit = (code: number) => {
    exits.push(code);
  };
  const host = { streams, env: {}, cwd: '/', version: '1.2.3', commands, signals: signals as never, exit };
  const running = runCommandLine(argv, host);
  if (during) {
    while (signals.eventNames().length === 0) await wait(1);
    during(signals);
  }
  return { code: await running, ...written, loaded, exits, listeners: signals.eventNames().length };
}

test('arguments and options come as they are declared', async () => {
  const argv = [
    'echo',
    '--json',
    'shop',
    'red',
    'a',
    'b',
    '-s',
    'canary',
    '--keep-going',
    '--lines',
    '3',
    '--despite',
    'x',
    '--despite',
    'y',
  ];
  const { code, stdout } = await cli(argv);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), {
    schema: 'railiance.echo.v1',
    args: { app: 'shop', color: 'red', words: ['a', 'b'] },
    options: { stage: 'canary', keepGoing: true, lines: 3, despite: ['x', 'y'] },
  });
});

test('what is not given has its default, and words after -- are words', async () => {
  const { stdout } = await cli(['--json', 'echo', 'shop', '--', 'red', '--lines', '--json']);
  assert.deepEqual(JSON.parse(stdout), {
    schema: 'railiance.echo.v1',
    args: { app: 'shop', color: 'red', words: ['--lines', '--json'] },
    options: { keepGoing: false, lines: 10, despite: [] },
  });
});

test('the help names every command and loads none', async () => {
  for (const argv of [[], ['--help'], ['help']]) {
    const { code, stdout, stderr, loaded } = await cli(argv);
    assert.deepEqual([code, stderr, loaded], [0, '', []]);
    for (const { name, summary } of all) assert.match(stdout, new RegExp(`^  ${name} +${summary}$`, 'm'));
  }
});

test('the help of a command loads only that one, and has its examples', async () => {
  for (const argv of [
    ['echo', '--help'],
    ['help', 'echo'],
    ['--json', 'echo', '-h'],
  ]) {
    const { code, stdout, loaded } = await cli(argv);
    assert.deepEqual([code, loaded], [0, ['echo']]);
    assert.match(stdout, /^Print what was given\.\n\nMore of it\.$/m);
    assert.match(stdout, /--keep-going +go on$/m);
    assert.match(stdout, / {2}# an example\n {2}railiance echo shop/);
  }
});

test('--version is the version alone', async () => {
  assert.equal((await cli(['--version'])).stdout, '1.2.3\n');
});

test('a command of a family is found by its two words', async () => {
  assert.equal((await cli(['local', 'up'])).stdout, 'up\n');
  const { stdout } = await cli(['local', '--help']);
  assert.match(stdout, /^ {2}local up +Do local up$/m);
  assert.match(stdout, /^ {2}local down +Do local down$/m);
  assert.doesNotMatch(stdout, /patient/);
});

const refused: readonly (readonly [argv: readonly string[], problem: string, hint: string])[] = [
  [['ehco'], "unknown command 'ehco'", 'did you mean echo?'],
  [['local', 'dwon'], "unknown command 'dwon'", 'did you mean down?'],
  [['local'], 'local needs a command', 'railiance local --help shows what there is'],
  [['echo', 'x', '--stgae', 'y'], "unknown option '--stgae'", 'did you mean --stage?'],
  [['--jsn'], "unknown option '--jsn'", 'did you mean --json?'],
  [['echo'], "missing required argument 'app'", 'railiance echo --help shows what there is'],
  [
    ['echo', 'x', 'blue'],
    "argument value 'blue' is invalid for argument 'color'. Allowed choices are red, green",
    'railiance echo --help shows what there is',
  ],
  [
    ['echo', 'x', '--lines', '-1'],
    "option '--lines <n>' argument '-1' is invalid. It must be a whole number of at least 1",
    'railiance echo --help shows what there is',
  ],
  [
    ['echo', 'x', '--stage'],
    "option '-s, --stage <name>' argument missing",
    'railiance echo --help shows what there is',
  ],
  [
    ['code', 'x'],
    "too many arguments for 'code'. Expected 0 arguments but got 1: x",
    'railiance code --help shows what there is',
  ],
];

for (const [argv, problem, hint] of refused) {
  test(`railiance ${argv.join(' ')}: refused with the nearest help, exit code 2`, async () => {
    const { code, stdout, stderr } = await cli(argv);
    assert.equal(stderr, `railiance: error: read the command line: ${problem}\nhint: ${hint}\n`);
    assert.deepEqual([code, stdout], [2, '']);
  });
}

test('a failure gives its exit code, and a command may give one itself', async () => {
  const { code, stderr } = await cli(['fail']);
  assert.equal(code, 4);
  assert.equal(stderr, 'railiance: error: do: it failed\nhint: try\n');
  assert.equal((await cli(['code'])).code, 3);
});

const stopped: readonly (readonly [name: NodeJS.Signals, code: number])[] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
];

for (const [name, expected] of stopped) {
  test(`${name} once: the command undoes, and the exit code says what stopped it`, async () => {
    const { code, stdout, stderr, exits, listeners } = await cli(['release'], (signals) => signals.emit(name, name));
    assert.deepEqual([code, stdout, exits, listeners], [expected, 'undone\n', [], 0]);
    assert.match(stderr, /stopping safely \(once more leaves at once, and the run can be resumed\)/);
  });
}

test('where there is no run, a word on the signal comes only if the end takes a while', async () => {
  const interrupt = (signals: EventEmitter) => signals.emit('SIGINT', 'SIGINT');
  assert.equal((await cli(['patient'], interrupt)).stderr, '');
  assert.match((await cli(['slow'], interrupt)).stderr, /stopping safely \(once more leaves at once\)$/m);
});

test('a command that only ends when it is stopped is no failure', async () => {
  const { code, stderr } = await cli(['abort'], (signals) => signals.emit('SIGINT', 'SIGINT'));
  assert.equal(code, 130);
  assert.doesNotMatch(stderr, /error/);
});

test('the second signal leaves at once', async () => {
  const { exits } = await cli(['patient'], (signals) => {
    signals.emit('SIGINT', 'SIGINT');
    signals.emit('SIGTERM', 'SIGTERM');
  });
  assert.deepEqual(exits, [130]);
});

test('a person who is needed is more urgent than the signal', async () => {
  const { code } = await cli(['stuck'], (signals) => signals.emit('SIGTERM', 'SIGTERM'));
  assert.equal(code, 5);
});

test('an error that nobody caught is told like any other, and ends the process', async () => {
  const { exits, stderr } = await cli(['patient'], (signals) => {
    signals.emit('uncaughtException', new Failure('stream', 'it broke'));
    signals.emit('SIGINT', 'SIGINT');
  });
  assert.deepEqual(exits, [1]);
  assert.match(stderr, /railiance: error: stream: it broke/);
});

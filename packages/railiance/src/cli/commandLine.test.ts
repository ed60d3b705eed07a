import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { OptionDefinition } from './command.ts';
import { type Program, parse, type UsedCommand, type Values } from './commandLine.ts';
import { commands } from './commands.ts';
import { optionFlag } from './flags.ts';
import { readPlainly } from './plainReading.ts';
import { parseFully } from './program.ts';

const program: Program = { version: '1.2.3', commands, width: 80, print: () => {} };
const all = await Promise.all(
  commands.map(async (entry): Promise<UsedCommand> => ({ entry, command: (await entry.load()).default })),
);

/** What the whole parser reads, undefined where it refuses or helps. */
async function readFully(argv: readonly string[], used: UsedCommand) {
  let read: { args: Values; options: Values } | undefined;
  const act = async (_command: unknown, args: Values, options: Values) => {
    read = { args, options };
  };
  await parseFully(argv, program, used, act).catch(() => {});
  return read;
}

/** Words that mean something to this command, and some that mean nothing or something else. */
function wordsFor(used: UsedCommand | undefined): fc.Arbitrary<string> {
  const options = Object.keys(used?.command.options ?? {}).flatMap((name) => {
    const flag = optionFlag(name);
    return [flag, flag, `${flag}=x`, `${flag}=`, `${flag}=7`, flag.slice(0, -1), `--no-${flag.slice(2)}`];
  });
  const shorts = Object.values<OptionDefinition>(used?.command.options ?? {}).flatMap(({ short }) =>
    short ? [`-${short}`] : [],
  );
  const known = [...options, ...shorts, '--json', '--yes', '-y', '--debug'];
  const strange = [
    '',
    '-',
    '--',
    '-h',
    '--help',
    '-V',
    '-yx',
    '-7',
    '--x',
    '--json=1',
    '__proto__',
    '--__proto__',
    'help',
  ];
  return fc.oneof(
    { arbitrary: fc.constantFrom(...known), weight: 4 },
    { arbitrary: fc.constantFrom('probe', 'x', '7', '123456789012', 'production', 'bash', 'a b'), weight: 3 },
    { arbitrary: fc.constantFrom(...strange), weight: 1 },
  );
}

test('a line that is read plainly is read as the whole parser reads it', async () => {
  let plain = 0;
  const line = fc
    .nat({ max: all.length - 1 })
    .chain((at) => fc.tuple(fc.constant(at), fc.array(wordsFor(all[at]), { maxLength: 5 })));
  await fc.assert(
    fc.asyncProperty(line, async ([at, rest]) => {
      const used = all[at];
      assert.ok(used);
      const argv = [...used.entry.name.split(' '), ...rest];
      const read = readPlainly(argv, used.command);
      if (!read) return;
      plain += 1;
      assert.deepEqual(read, await readFully(argv, used), argv.join(' '));
    }),
    { numRuns: 2000 },
  );
  assert.ok(plain > 100, `only ${plain} of 2000 lines`);
});

const plainLines = [
  ['status'],
  ['status', '--json'],
  ['status', 'probe', '--stage', 'production'],
  ['deploy', 'probe', '--stage=canary', '-y'],
  ['history', '--limit', '5'],
  ['local', 'up', '--port', '8081'],
];
for (const argv of plainLines) {
  test(`${argv.join(' ')} needs no more than the plain reading`, () => {
    const used = all.find(({ entry }) => entry.name === argv[0] || entry.name === argv.slice(0, 2).join(' '));
    assert.ok(used && readPlainly(argv, used.command));
  });
}

test('options before the command are left to the whole parser', async () => {
  let options: Values | undefined;
  await parse(['--json', 'local', 'up', '--port', '7'], program, async (_command, _args, given) => {
    options = given;
  });
  assert.equal(options?.port, 7);
});

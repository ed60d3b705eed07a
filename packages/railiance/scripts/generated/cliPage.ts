import { groups } from '../../src/cli/command.ts';
import { parse } from '../../src/cli/commandLine.ts';
import type { CommandEntry } from '../../src/cli/commands.ts';
import { exitCodes } from '../../src/domain/failure.ts';
import type { FoundCommand } from './commandIndex.ts';

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  failedAndRolledBack: 'failed, and what was there before serves',
  invalidInput: 'invalid input: a command line, a configuration, a name',
  leaseHeld: 'another run holds the lease on this app and stage',
  refused: 'a gate or an approval refused',
  needsPerson: 'a person is needed: the exact state is said',
  dependencyMissing: 'something it depends on is not available',
};

/** The reference page of the command line: the help of every command. The index may be older than the commands. */
export async function cliPage(found: readonly FoundCommand[]): Promise<string> {
  const commands = found.map(({ command }): CommandEntry => ({ ...command, load: async () => ({ default: command }) }));
  const helps = await Promise.all(
    groups.flatMap((group) =>
      commands
        .filter((entry) => entry.group === group)
        .map(async ({ name }) => `## ${name}\n\n\`\`\`text\n${await helpOf(name, commands)}\n\`\`\``),
    ),
  );
  const rows = Object.entries(exitCodes).map(
    ([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCodes]} |`,
  );
  return [
    '<!-- Written by `npm run generate` from the help of the commands. -->',
    '# The command line',
    `\`\`\`text\n${await helpOf('', commands)}\n\`\`\``,
    [
      '| exit code | meaning |',
      '| --- | --- |',
      ...rows,
      '| 129, 130, 143 | stopped by SIGHUP, SIGINT, SIGTERM |',
    ].join('\n'),
    ...helps,
  ]
    .join('\n\n')
    .concat('\n');
}

async function helpOf(name: string, commands: readonly CommandEntry[]): Promise<string> {
  let page = '';
  const print = (text: string) => {
    page += text;
  };
  const words = name === '' ? [] : name.split(' ');
  await parse([...words, '--help'], { version: '', commands, width: 100, print }, async () => {});
  return page.trimEnd();
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { completionScript, shells } from './scripts.ts';
import type { CommandWords } from './vocabulary.ts';

const json = { word: '--json', summary: "it's [one]: document" };
const words: readonly CommandWords[] = [
  {
    name: 'deploy',
    summary: "Put it on a stage: it's safe",
    options: [json, { word: '--stage', summary: 'where', takesValue: true }],
    values: [],
  },
  {
    name: 'completion',
    summary: 'Print it',
    options: [json, { word: '--as', summary: 'how', takesValue: true, choices: ['file', 'text'] }],
    values: ['bash', 'zsh'],
  },
  {
    name: 'local up',
    summary: 'Start',
    options: [json, { word: '--port', summary: 'of it', takesValue: true }],
    values: [],
  },
  { name: 'local down', summary: 'Stop', options: [json], values: [] },
];

/** What bash offers for a line whose last word is being typed. */
async function offered(line: readonly string[]): Promise<string[]> {
  const typed = ['railiance', ...line].map((word) => `'${word}'`).join(' ');
  const script = `${completionScript('bash', words)}
COMP_WORDS=(${typed}); COMP_CWORD=${line.length}; _railiance; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script]);
  return stdout.split('\n').filter((word) => word !== '');
}

const cases: readonly (readonly [line: readonly string[], words: readonly string[]])[] = [
  [[''], ['deploy', 'completion', 'local']],
  [['de'], ['deploy']],
  [['deploy', '--s'], ['--stage']],
  [
    ['--json', 'deploy', '--'],
    ['--json', '--stage'],
  ],
  [['deploy', '--stage', ''], []],
  [
    ['completion', ''],
    ['bash', 'zsh', '--json', '--as'],
  ],
  [['completion', '--as', 'f'], ['file']],
  [
    ['local', ''],
    ['up', 'down'],
  ],
  [['local', 'up', '--p'], ['--port']],
  [['local', 'down', '--'], ['--json']],
];

for (const [line, expected] of cases) {
  test(`bash offers ${expected.join(' ') || 'nothing'} after: railiance ${line.join(' ')}`, async () => {
    assert.deepEqual(await offered(line), expected);
  });
}

test('every shell knows every command, and quotes end where they should', () => {
  for (const shell of shells) {
    const script = completionScript(shell, words);
    for (const word of ['deploy', 'completion', 'local', 'up', 'down'])
      assert.match(script, new RegExp(`\\b${word}\\b`), shell);
    // As the shells read it: escaped quotes inside and outside of quotes taken out, the others come in pairs.
    const bare = shell === 'fish' ? script.replace(/\\[\\']/g, '') : script.replaceAll(`'\\''`, '');
    assert.equal((bare.match(/'/g) ?? []).length % 2, 0, shell);
  }
});

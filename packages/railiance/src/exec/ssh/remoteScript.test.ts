import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';

import { Failure } from '../../domain/failure.ts';
import { Secret } from '../../domain/secret.ts';
import { remoteScript } from './remoteScript.ts';

/** As sshd runs it: the user's shell gets one text. */
function runThere(command: Parameters<typeof remoteScript>[0], input = ''): string {
  const { remote, prelude } = remoteScript(command);
  const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
  return execFileSync('sh', ['-c', remote], { input: Buffer.concat([prelude, Buffer.from(input)]), stdio }).toString();
}

test('every argument and variable arrives as it is, whatever it holds', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
  const arrive = fc.property(fc.array(word, { maxLength: 4 }), word, (args, value) => {
    const shown = runThere({ argv: ['sh', '-c', 'printf "<%s>" "$VALUE" "$@"', 'sh', ...args], env: { VALUE: value } });
    assert.equal(shown, [value, ...args].map((text) => `<${text}>`).join(''));
  });
  fc.assert(arrive, { numRuns: 40, examples: [[['$(id)', '`id`', "'", '"', '\\', '-rf', ';id', '\n'], '$HOME']] });
});

test('what is behind it is for the program alone, to the byte', () => {
  assert.equal(runThere({ argv: ['cat'] }, 'one\ntwo'), 'one\ntwo');
});

test('neither arguments nor environment are in the command line', () => {
  const { remote } = remoteScript({ argv: ['echo', 'an-argument'], env: { KEY: new Secret('s3cret-value') } });
  assert.ok(!/an-argument|s3cret-value/.test(remote));
});

test('a name that no shell takes for a variable is refused', () => {
  assert.throws(
    () => remoteScript({ argv: ['true'], env: { 'npm-config': 'x' } }),
    (error) => error instanceof Failure && error.exitCode === 2 && error.problem.includes('npm-config'),
  );
});

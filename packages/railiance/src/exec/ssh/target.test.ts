import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { type SshTarget, sshArgv } from './target.ts';

test('only what is given is said; the rest is as the user configured it', () => {
  const argv = sshArgv({ host: 'haskelseed' }, 'true');
  assert.deepEqual(argv.slice(-3), ['--', 'haskelseed', 'true']);
  for (const option of ['-l', '-p', '-i', '-F']) assert.ok(!argv.includes(option), option);
  const all = sshArgv({ host: '10.0.0.7', user: 'root', port: 2222, key: '~/.ssh/id_ops' }, 'true').join(' ');
  assert.match(all, /-l root -p 2222 -oIdentitiesOnly=yes -i .* -- 10\.0\.0\.7 true$/);
  assert.ok(all.includes(`-i ${homedir()}/.ssh/id_ops`));
});

test('nobody is asked, a changed host key is never taken, and nothing is forwarded', () => {
  const argv = sshArgv({ host: 'a' }, 'true');
  for (const setting of ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ForwardAgent=no', 'ClearAllForwardings=yes']) {
    assert.ok(argv.includes(`-o${setting}`), setting);
  }
});

const refused: readonly SshTarget[] = [
  { host: '-oProxyCommand=id' },
  { host: '' },
  { host: 'a b' },
  { host: 'a\nb' },
  { host: '$(id)' },
  { host: 'user@host' },
  { host: 'x'.repeat(300) },
  { host: 'a', user: '-oProxyCommand=id' },
  { host: 'a', user: 'root;id' },
  { host: 'a', port: 70_000 },
  { host: 'a', key: '-oProxyCommand=id' },
  { host: 'a', key: 'a\nb' },
];

for (const target of refused) {
  test(`refuses ${JSON.stringify(target).slice(0, 60)}`, () => {
    assert.throws(
      () => sshArgv(target, 'true'),
      (error) => error instanceof Failure && error.exitCode === 2,
    );
  });
}

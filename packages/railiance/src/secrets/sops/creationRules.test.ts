import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { creationRule, findCreationRule } from './index.ts';

const config = `creation_rules:
  - path_regex: ^deploy/.*\\.env\\.sops\\.yaml$
    age: age1aaa, age1bbb,
    encrypted_regex: ^(DATABASE|SECRET)
  - path_regex: (?i)\\.JSON$
    key_groups:
      - age: [age1ccc]
    mac_only_encrypted: true
  - path_regex: team
    key_groups: [{age: [age1a]}, {age: [age1b]}]
  - path_regex: cloud
    age: age1aaa
    kms: arn:aws:kms:x
`;

test('the first rule whose pattern fits the path counts', async () => {
  assert.deepEqual(await creationRule(config, 'deploy/x/app.env.sops.yaml'), {
    recipients: ['age1aaa', 'age1bbb'],
    rules: { encryptedRegex: '^(DATABASE|SECRET)' },
    macOnlyEncrypted: false,
    byPath: true,
    leftToSops: [],
  });
  assert.deepEqual((await creationRule(config, 'a/b.json'))?.recipients, ['age1ccc']);
  assert.equal((await creationRule(config, 'a/b.json'))?.macOnlyEncrypted, true);
});

test('what only sops itself does is named', async () => {
  assert.deepEqual((await creationRule(config, 'team'))?.leftToSops, ['key groups (Shamir)']);
  assert.deepEqual((await creationRule(config, 'cloud'))?.leftToSops, ['kms']);
});

test('no rule that fits, two rules at once and nonsense are refused', async () => {
  for (const [text, problem] of [
    [config, /no creation rule .* fits other/],
    ['creation_rules:\n  - encrypted_regex: a\n    encrypted_suffix: b\n', /exclude each other/],
    ['creation_rules: 5\n', /not a list/],
    ['creation_rules: [5]\n', /not a map/],
    ['creation_rules:\n  - path_regex: "("\n', /cannot be read/],
    ['creation_rules:\n  - age: 5\n', /neither text nor a list/],
    ['[1]', /not a map/],
    ['a: [', /cannot be read/],
  ] as const) {
    await assert.rejects(creationRule(text, 'other'), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'bad-metadata');
      assert.match(error.message, problem);
      return true;
    });
  }
});

test('a configuration without creation rules says nothing', async () => {
  assert.equal(await creationRule('stores: {}\n', 'x'), undefined);
  assert.equal(await creationRule('', 'x'), undefined);
});

const folder = mkdtempSync(join(tmpdir(), 'railiance-rules-'));
after(() => rmSync(folder, { recursive: true }));

test('the nearest configuration above the file counts, and paths are relative to it', async () => {
  mkdirSync(join(folder, 'a/b/c'), { recursive: true });
  writeFileSync(join(folder, '.sops.yaml'), 'creation_rules: [{age: age1outer}]\n');
  writeFileSync(join(folder, 'a/.sops.yaml'), 'creation_rules: [{path_regex: ^b/c/x.yaml$, age: age1inner}]\n');
  assert.deepEqual((await findCreationRule(join(folder, 'a/b/c/x.yaml')))?.recipients, ['age1inner']);
  assert.deepEqual((await findCreationRule(join(folder, 'x.yaml')))?.recipients, ['age1outer']);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';

import { peer } from '../../testing/peers.ts';
import { shapes, sketches, toDotenv, toJson, toYaml } from '../../testing/sopsTrees.ts';
import { formatNamed } from './formats/formats.ts';
import {
  decryptedText,
  encryptText,
  type FormatName,
  openSops,
  plainTree,
  replaceText,
  rotateDataKey,
  setValue,
} from './index.ts';
import { identity, recipient } from './testKeys.ts';
import { walk } from './tree.ts';

const sops = peer('sops');
const folder = mkdtempSync(join(tmpdir(), 'railiance-sops-'));
after(() => rmSync(folder, { recursive: true }));
// Trees of each of the three formats: more than 200 in all.
const runs = Number(process.env.RAILIANCE_PEER_RUNS ?? 70);
const seed = Number(process.env.RAILIANCE_SEED ?? Date.now() % 2 ** 31);

function runSops(args: string[], input: string, format: FormatName): string {
  const file = join(folder, `file.${{ yaml: 'yaml', json: 'json', dotenv: 'env' }[format]}`);
  writeFileSync(file, input);
  const env = { PATH: process.env.PATH, HOME: folder, SOPS_AGE_KEY: identity, SOPS_DISABLE_VERSION_CHECK: '1' };
  const output = execFileSync(sops, [...args, file], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  return output === '' ? readFileSync(file, 'utf8') : output;
}

const sopsEncrypts = (text: string, format: FormatName) => runSops(['encrypt', '--age', recipient], text, format);
const sopsDecrypts = (text: string, format: FormatName) => runSops(['decrypt'], text, format);

/** Values in the order of the file, with their types: what sops and we must agree on. */
async function valuesOf(text: string, format: FormatName): Promise<string[]> {
  const found: string[] = [];
  for (const root of (await formatNamed(format).parse(text)).documents) {
    walk(root, ({ node, path }) => {
      if (node.kind !== 'value') return;
      // sops writes a whole float without a point, so that its own output reads back as an integer.
      const type = node.scalar.type === 'int' || node.scalar.type === 'float' ? 'number' : node.scalar.type;
      found.push(JSON.stringify([path, type, node.scalar.text === '-0' ? '0' : node.scalar.text]));
    });
  }
  return found;
}

async function commentsOf(text: string, format: FormatName): Promise<string[]> {
  const found: string[] = [];
  for (const root of (await formatNamed(format).parse(text)).documents) {
    walk(root, ({ node }) => {
      if (node.kind === 'comment' && node.text.trim() !== '') found.push(node.text);
    });
  }
  return found.sort();
}

/** What is in `these` more often than in `those`. */
function without(these: readonly string[], those: readonly string[]): string[] {
  const rest = [...those];
  return these.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

async function agrees(text: string, format: FormatName): Promise<void> {
  const ours = await encryptText(text, { format, recipients: [recipient] });
  const theirs = sopsEncrypts(text, format);
  const values = await valuesOf(text, format);
  const read = sopsDecrypts(ours, format);
  assert.deepEqual(await valuesOf(read, format), values, 'sops reads what we encrypted');
  // sops drops some comments of any file (beside an empty list, say), and doubles those below an anchor; what it keeps
  // of its own, it must keep of ours.
  const kept = (await commentsOf(sopsDecrypts(theirs, format), format)).filter(
    (comment) => !comment.startsWith('ENC['),
  );
  const shown = await commentsOf(read, format);
  assert.deepEqual(
    kept.filter((comment) => !shown.includes(comment)),
    [],
    'sops reads every comment that we encrypted',
  );
  assert.deepEqual(without(shown, await commentsOf(text, format)), [], 'sops reads no comment that was not there');
  const opened = await openSops(ours, format, [identity]);
  assert.deepEqual(
    plainTree(opened),
    plainTree(await openSops(theirs, format, [identity])),
    'we read what sops encrypted',
  );
  assert.deepEqual(await valuesOf(decryptedText(opened), format), values, 'we read what we encrypted');
  // In turn, for ever: theirs edited by us, read by sops.
  const mine = await openSops(theirs, format, [identity]);
  const edited = await setValue(mine, ['ADDED_BY_US'], 'ä\nb');
  const editedPlain = sopsDecrypts(edited, format);
  assert.match(editedPlain, /ADDED_BY_US/);
  const rotated = await rotateDataKey(await openSops(edited, format, [identity]));
  assert.deepEqual(await valuesOf(sopsDecrypts(rotated, format), format), await valuesOf(editedPlain, format));
  const again = await replaceText(opened, `${decryptedText(opened)}`);
  assert.equal(again, ours, 'an edit that changes nothing changes nothing');
}

for (const format of ['yaml', 'json', 'dotenv'] as const) {
  test(`sops and railiance read each other's ${format} files, in either order (seed ${seed})`, {
    timeout: 900_000,
  }, async () => {
    const write = {
      yaml: (tree: Parameters<typeof toYaml>[0]) => toYaml(tree),
      json: (tree: Parameters<typeof toYaml>[0]) => toJson(tree, tree.flow ? undefined : '  '),
      dotenv: (tree: Parameters<typeof toYaml>[0]) => toDotenv(tree),
    }[format];
    await fc.assert(
      fc.asyncProperty(sketches(shapes[format]), (tree) => agrees(write(tree), format)),
      { numRuns: runs, seed, endOnFailure: true },
    );
  });
}

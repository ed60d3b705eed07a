import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path/posix';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import type { AnyCommand } from '../packages/railiance/src/cli/command.ts';
import { commands } from '../packages/railiance/src/cli/commands.ts';
import { commonOptions, optionFlag } from '../packages/railiance/src/cli/flags.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const patterns = ['*.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md'];
const pages = new Map<string, string>();
for await (const path of glob(patterns, { cwd: root })) pages.set(path, await readFile(join(root, path), 'utf8'));

interface Link {
  readonly from: string;
  /** Path in the repository. */
  readonly to: string;
  readonly anchor: string | undefined;
}

const links: readonly Link[] = [...pages].flatMap(([from, text]) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, address = '']) => {
    if (/^[a-z]+:/.test(address)) return [];
    const [path = '', anchor] = address.split('#');
    return { from, to: path === '' ? from : normalize(join(dirname(from), path)), anchor };
  }),
);

/** As Git hosts make them: https://docs.github.com/get-started/writing-on-github (section links). */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

test('every link in the documentation leads somewhere', () => {
  assert.ok(links.length > 30, 'there are links');
  const dead = links.filter(({ to, anchor }) => {
    const page = pages.get(to);
    return (
      !existsSync(join(root, to)) || (anchor !== undefined && page !== undefined && !anchorsOf(page).includes(anchor))
    );
  });
  assert.deepEqual(dead, []);
});

test('every page is reached from the first one', () => {
  const seen = new Set(['README.md']);
  for (const page of seen) for (const { from, to } of links) if (from === page && pages.has(to)) seen.add(to);
  const apart = [...pages.keys()].filter((page) => !seen.has(page) && !/^(packages|examples)\//.test(page));
  assert.deepEqual(apart, []);
});

/** What is typed, in indented or fenced code and between backticks: `railiance …` up to whatever ends a command in a shell. */
function commandLinesIn(text: string): readonly string[] {
  const code = [...text.matchAll(/^ {2,}(?:\$ |npx |railiance ).*$/gm), ...text.matchAll(/`[^`\n]+`/g)].map(
    ([line]) => line,
  );
  return code.flatMap((line) =>
    [...line.matchAll(/(?:^ *|[`(]|[$&|;] |npx |=\S+ )railiance ((?:[^#|;&)`"']|"[^"]*"|'[^']*')*)/g)].map(
      ([, words = '']) => words.trim(),
    ),
  );
}

const known = new Map(commands.map(({ name, load }) => [name, load]));
const families = new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0]] : [])));

/** What is wrong with a command line, as far as verbs and options go. */
async function problemOf(line: string): Promise<string | undefined> {
  const words = line.split(/\s+/);
  const [first = '', second = ''] = words;
  // A word of prose, an option alone, a family named as such, or one with its verbs as `tags|copy` or `…`.
  if (!/^[a-z]/.test(first) || (families.has(first) && !/^[a-z-]+$/.test(second))) return undefined;
  const load = known.get(`${first} ${second}`) ?? known.get(first);
  if (!load) return `there is no ${first}`;
  const { options }: AnyCommand = (await load()).default;
  const flags = [...Object.keys(options), ...Object.keys(commonOptions)].map(optionFlag);
  const end = words.indexOf('--');
  const given = words.slice(0, end < 0 ? words.length : end).flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? []);
  const unknown = given.filter((flag) => ![...flags, '--help'].includes(flag));
  return unknown.length > 0 ? `${first} has no ${unknown.join(', ')}` : undefined;
}

test('every command in the documentation is one, with options that it has', async () => {
  let count = 0;
  const wrong: string[] = [];
  for (const [page, text] of pages) {
    for (const line of commandLinesIn(text)) {
      count += 1;
      const problem = await problemOf(line);
      if (problem !== undefined) wrong.push(`${page}: railiance ${line}: ${problem}`);
    }
  }
  assert.ok(count > 150, `there are commands: ${count}`);
  assert.deepEqual(wrong, []);
  assert.equal(await problemOf('deploi'), 'there is no deploi');
  assert.equal(await problemOf('deploy --stag x'), 'deploy has no --stag');
});

test('every script that the documentation has npm run is there', async () => {
  const manifests = ['package.json', 'packages/railiance/package.json', 'packages/inter-hub/package.json'];
  const scripts = new Set<string>();
  for (const file of manifests) {
    const manifest = JSON.parse(await readFile(join(root, file), 'utf8')) as { scripts: object };
    for (const name of Object.keys(manifest.scripts)) scripts.add(name);
  }
  const named = [...pages.values()].flatMap((text) => [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name));
  assert.deepEqual(
    [...new Set(named)].filter((name) => !scripts.has(name ?? '')),
    [],
  );
});

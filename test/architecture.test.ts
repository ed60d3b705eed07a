import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readSource, rules, type SourceFile } from './architecture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const patterns = [
  'packages/*/{src,test,scripts}/**/*.ts',
  'examples/*/{src,test}/**/*.ts',
  'bench/**/*.ts',
  'lab/**/*.ts',
  'test/**/*.ts',
];

async function sources(): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  for await (const path of glob(patterns, {
    cwd: root,
    exclude: (name) => name === 'node_modules' || name === 'apps',
  })) {
    const text = await readFile(new URL(path, `file://${root}`), 'utf8');
    found.push(readSource(path.replaceAll('\\', '/'), text));
  }
  return found;
}

const files = await sources();

for (const [name, rule] of Object.entries(rules)) {
  test(name, () => {
    assert.ok(files.length > 50, 'there is something to look at');
    assert.deepEqual(
      files.flatMap((file) => rule(file).map((problem) => `${file.path}: ${problem}`)),
      [],
    );
  });
}

const src = 'packages/railiance/src';
const [layers, pure, processes, printer, apart, short] = Object.keys(rules);

/** Each breaks one rule, and only that one. */
const violations: readonly (readonly [rule: string | undefined, path: string, source: string])[] = [
  [layers, `${src}/domain/x.ts`, "import type { A } from '../config/a.ts';"],
  [layers, `${src}/config/x.ts`, "import { a } from '../builders/a.ts';"],
  [layers, `${src}/exec/x.ts`, "export { a } from '../oci/a.ts';"],
  [layers, `${src}/oci/x.ts`, "import type { A } from '../domain/a.ts';"],
  [layers, `${src}/files/x.ts`, "import type { A } from '../domain/a.ts';"],
  [layers, `${src}/domain/x.ts`, "import { a } from '../files/a.ts';"],
  [layers, `${src}/secrets/sops/x.ts`, "import { a } from '../../domain/a.ts';"],
  [layers, `${src}/secrets/sops/x.ts`, "import { a } from '../keys.ts';"],
  [layers, `${src}/builders/x.ts`, "import { a } from '../engines/a.ts';"],
  [layers, `${src}/engines/local/x.ts`, "const a = await import('../../database/a.ts');"],
  [layers, `${src}/engines/local/x.ts`, "import { a } from '../../secrets/secretStore.ts';"],
  [layers, `${src}/engines/local/x.ts`, "import type { A } from '../../secrets/fileSecretStore.ts';"],
  [layers, `${src}/releases/x.ts`, "import { a } from '../pipeline/a.ts';"],
  [layers, `${src}/pipeline/steps/x.ts`, "import { a } from '../../builders/a.ts';"],
  [layers, `${src}/pipeline/x.ts`, "import { a } from '../cli/a.ts';"],
  [layers, `${src}/cli/x.ts`, "import { a } from '../testing/a.ts';"],
  [pure, `${src}/domain/x.ts`, "import { readFile } from 'node:fs/promises';"],
  [pure, `${src}/domain/x.ts`, "import { z } from 'zod';"],
  [processes, `${src}/engines/local/x.ts`, "import { spawn } from 'node:child_process';"],
  [processes, 'packages/inter-hub/src/x.ts', "import { execa } from 'execa';"],
  [printer, `${src}/builders/x.ts`, "console.log('x');"],
  [printer, `${src}/cli/verbs/x.ts`, "process.stdout.write('x');"],
  [printer, `${src}/pipeline/x.ts`, "process.stderr?.write('x');"],
  [apart, 'packages/inter-hub/src/x.ts', "import { a } from 'railiance/oci';"],
  [apart, 'packages/inter-hub/src/x.ts', "import type { A } from '../../railiance/src/domain/a.ts';"],
  [apart, `${src}/events/x.ts`, "import { a } from 'inter-hub';"],
  [short, `${src}/cli/x.ts`, '// a line\n'.repeat(301)],
];

for (const [broken, path, source] of violations) {
  test(`${path} may not have ${JSON.stringify(source.slice(0, 60))}`, () => {
    const file = readSource(path, source);
    const failing = Object.entries(rules).filter(([, rule]) => rule(file).length > 0);
    assert.deepEqual(
      failing.map(([name]) => name),
      [broken],
    );
  });
}

const harmless: readonly (readonly [path: string, source: string])[] = [
  [`${src}/engines/local/x.ts`, "import type { A } from '../../secrets/secretStore.ts';"],
  [`${src}/pipeline/steps/x.ts`, "import type { Builder } from '../../builders/builder.ts';"],
  [`${src}/pipeline/x.ts`, "import { type Engine, type Route } from '../engines/engine.ts';"],
  [`${src}/builders/x.ts`, "import { a } from '../oci/a.ts';\nimport { b } from '../domain/b.ts';"],
  [`${src}/builders/x.test.ts`, "import { a } from '../testing/a.ts';\nimport { spawn } from 'node:child_process';"],
  [`${src}/cli/x.ts`, "const { a } = await import('../engines/local/a.ts');"],
  [`${src}/exec/x.ts`, "import { spawn } from 'node:child_process';"],
  [`${src}/cli/output.ts`, "process.stderr.write('x');"],
  [`${src}/cli/x.ts`, '// a line\n'.repeat(300)],
];

for (const [path, source] of harmless) {
  test(`${path} may have ${JSON.stringify(source.slice(0, 60))}`, () => {
    const file = readSource(path, source);
    assert.deepEqual(
      Object.values(rules).flatMap((rule) => rule(file)),
      [],
    );
  });
}

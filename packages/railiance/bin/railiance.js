#!/usr/bin/env node
// Plain JavaScript that old Nodes can read: it must be able to say that they are too old.

const needed = 24;
if (Number(process.versions.node.split('.')[0]) < needed) {
  process.stderr.write(
    `railiance: error: needs Node ${needed} or newer, and this is Node ${process.versions.node} (hint: npm install --global node@${needed}, or see https://nodejs.org)\n`,
  );
  process.exit(6);
}
// Fetched, not imported: an import of node:fs costs milliseconds of every start.
const { existsSync } = process.getBuiltinModule('node:fs');
// In a checkout the TypeScript source runs as it is; a published package holds the bundle only.
const source = new URL('../src/cli/main.ts', import.meta.url);
import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);

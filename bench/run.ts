import { mkdir, readdir, writeFile } from 'node:fs/promises';

import { type Bench, machine, type Row } from './harness.ts';

const here = new URL('./', import.meta.url);

async function names(): Promise<string[]> {
  const notBenches = new Set(['harness.ts', 'run.ts']);
  const files = await readdir(here);
  return files.filter((file) => file.endsWith('.ts') && !notBenches.has(file)).map((file) => file.slice(0, -3));
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

function table(rows: readonly Row[]): string {
  const head = ['work', 'unit', 'ours', 'peer', 'peer is', 'ratio', 'goal', 'met'];
  const body = rows.map((row) => [
    row.work,
    row.unit,
    number.format(row.ours),
    row.peer === null ? '–' : number.format(row.peer),
    row.peerName,
    row.ratio === null ? '–' : number.format(row.ratio),
    row.goal,
    row.met ? 'yes' : `MISSED${row.note ? ` (${row.note})` : ''}`,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0)));
  return [head, ...body]
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const [name] = process.argv.slice(2);
const known = await names();
if (name === undefined || !known.includes(name)) {
  console.error(`bench: which? npm run bench -- ${known.join(' | ')}`);
  process.exit(2);
}
const { default: bench }: { default: Bench } = await import(new URL(`${name}.ts`, here).href);
console.log(`${name}: ${bench.summary}\n`);
const rows = await bench.run((line) => console.log(`  ${line}`));
console.log(`\n${table(rows)}`);
await mkdir(new URL('results/', here), { recursive: true });
const result = { bench: name, machine: machine(), versions: await bench.versions(), rows };
await writeFile(new URL(`results/${name}.json`, here), `${JSON.stringify(result, null, 2)}\n`);

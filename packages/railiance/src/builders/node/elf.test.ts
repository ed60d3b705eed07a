import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';

import { scratchDirectory } from '../../testing/scratch.ts';
import { type Elf, readElf } from './elf.ts';

const folder = await scratchDirectory('elf');

function read(bytes: Uint8Array): Elf | undefined {
  const file = join(folder, 'program');
  writeFileSync(file, bytes);
  return readElf(file);
}

/** Where the whole file is in memory, in the one segment that is loaded. */
const loadedAt = 0x400000;

/** The least that a dynamic loader takes for a program: header, three program headers, the dynamic section, its texts. */
function elfOf({ machine, interpreter = '', needed, runPath }: Elf): Buffer {
  const texts: Buffer[] = [];
  const dynamic = 64 + 3 * 56;
  const tags: (readonly [number, number])[] = [];
  const table = dynamic + (needed.length + 3) * 16;
  let end = 0;
  const place = (text: string) => {
    const bytes = Buffer.from(`${text}\0`);
    texts.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  for (const name of needed) tags.push([1, place(name)]);
  tags.push([29, place(runPath.join(':'))], [5, loadedAt + table], [0, 0]);
  const interpreterAt = table + place(interpreter);
  const file = Buffer.concat([Buffer.alloc(table), ...texts, Buffer.alloc(4096)]);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(3, 56);
  for (const [index, [type, offset, address, bytes]] of [
    [1, 0, loadedAt, file.length] as const,
    [2, dynamic, loadedAt + dynamic, tags.length * 16] as const,
    [3, interpreterAt, loadedAt + interpreterAt, interpreter.length + 1] as const,
  ].entries()) {
    const at = 64 + index * 56;
    file.writeUInt32LE(type, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(address), at + 16);
    file.writeBigUInt64LE(BigInt(bytes), at + 32);
  }
  for (const [index, [tag, value]] of tags.entries()) {
    file.writeBigUInt64LE(BigInt(tag), dynamic + index * 16);
    file.writeBigUInt64LE(BigInt(value), dynamic + index * 16 + 8);
  }
  return file;
}

const name = fc.string({ unit: fc.constantFrom(...'abcü./-+$ORIGIN6'), minLength: 1, maxLength: 30 });
const program = fc.record({
  machine: fc.constantFrom(62, 183),
  interpreter: name,
  needed: fc.array(name, { maxLength: 8 }),
  runPath: fc.array(name, { maxLength: 4 }),
});

test('what a program asks its loader for is read as it was written', () => {
  fc.assert(
    fc.property(program, (elf) => assert.deepEqual(read(elfOf(elf)), { ...elf })),
    { numRuns: 60 },
  );
});

test('a file that is damaged anywhere is read or not, but never an error, and its texts are bounded', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  const check = fc.property(program, damage, fc.double({ min: 0, max: 1, noNaN: true }), (elf, changes, kept) => {
    const whole = elfOf(elf);
    for (const [at, value] of changes) whole[at % 600] = value;
    const found = read(whole.subarray(0, Math.ceil(whole.length * kept)));
    for (const text of found?.needed ?? []) assert.ok(text.length <= 4096);
  });
  fc.assert(check, { numRuns: 300 });
});

test('what is no such program is undefined', () => {
  for (const bytes of [
    [],
    [0x7f],
    Buffer.from('#!/bin/sh\n'.repeat(20)),
    elfOf({ machine: 62, needed: [], runPath: [] }).fill(1, 4, 5),
  ])
    assert.equal(read(Uint8Array.from(bytes)), undefined);
});

import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { packTar as packOther, type TarHeader } from 'modern-tar';

import { OciError } from '../ociError.ts';
import { packTar } from '../tar.ts';
import { readTarIndex } from './tarReader.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-tar-reader-'));
after(() => rm(root, { recursive: true, force: true }));

async function read(bytes: Uint8Array) {
  const file = join(root, 'archive.tar');
  await writeFile(file, bytes);
  const handle = await open(file, 'r');
  try {
    return await readTarIndex(handle, file);
  } finally {
    await handle.close();
  }
}

const other = (headers: readonly Partial<TarHeader>[], bodies: readonly string[] = []) =>
  packOther(
    headers.map((header, index) => ({
      header: { name: 'a', size: bodies[index]?.length ?? 0, ...header },
      ...(bodies[index] === undefined ? {} : { body: bodies[index] }),
    })),
  );

test('finds what another writer wrote, long names and links too', async () => {
  const long = `${'x'.repeat(120)}/${'ü'.repeat(80)}`;
  const archive = await other(
    [
      { name: './manifest.json' },
      { name: long },
      { name: 'a/', type: 'directory' },
      { name: 'a/soft', type: 'symlink', linkname: '../manifest.json' },
      { name: 'a/hard', type: 'link', linkname: './manifest.json' },
    ],
    ['[]', 'content'],
  );
  const found = await read(archive);
  assert.deepEqual([...found.keys()], ['manifest.json', long, 'a/soft', 'a/hard']);
  const at = (path: string) => found.get(path) ?? assert.fail(path);
  assert.equal(Buffer.from(archive).toString('utf8', at(long).offset, at(long).offset + at(long).sizeBytes), 'content');
  assert.equal(at('a/soft').target, 'manifest.json');
  assert.equal(at('a/hard').target, 'manifest.json');
});

const hostile: Readonly<Record<string, readonly Partial<TarHeader>[]>> = {
  'a path that leads out': [{ name: '../x' }],
  'a path that leads out on the way': [{ name: 'a/../../x' }],
  'an absolute path': [{ name: '/etc/passwd' }],
  'an absolute path in a PAX header': [{ name: 'a', pax: { path: '/etc/passwd' } }],
  'a link that leads out': [{ name: 'a/l', type: 'symlink', linkname: '../../etc/passwd' }],
  'a hard link that leads out': [{ name: 'a', type: 'link', linkname: '../x' }],
  'an absolute hard link': [{ name: 'a', type: 'link', linkname: '/etc/passwd' }],
  'a device': [{ name: 'a', type: 'character-device' }],
  'a block device': [{ name: 'a', type: 'block-device' }],
  'a named pipe': [{ name: 'a', type: 'fifo' }],
  'a path that is there twice': [{ name: 'a' }, { name: './a' }],
  'a file and a link of one name': [{ name: 'a' }, { name: 'a', type: 'symlink', linkname: 'b' }],
  'a sparse file': [{ name: 'a', pax: { 'GNU.sparse.major': '1' } }],
  'a name without end': [{ name: 'x/'.repeat(3000) }],
};
for (const [what, headers] of Object.entries(hostile)) {
  test(`refuses ${what}, though all else is harmless`, async () => {
    const archive = await other([{ name: 'harmless' }, ...headers]);
    await assert.rejects(read(archive), (error) => error instanceof OciError && error.message.includes('archive.tar'));
  });
}

/** An archive of one entry whose header says another size, its checksum right. */
function saysSize(field: Buffer): Buffer {
  const archive = Buffer.concat([...packTar([{ type: 'content', path: 'a', mode: 0o644, content: Buffer.alloc(0) }])]);
  field.copy(archive, 124);
  archive.fill(' ', 148, 156);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive;
}

const sizes: Readonly<Record<string, Buffer>> = {
  'a size beyond the archive': Buffer.from('77777777777\0'),
  'a size beyond the archive, in base 256': Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
  'a size beyond all numbers': Buffer.alloc(12, 0xff),
  'a size that is no number': Buffer.from('-1234567890\0'),
  'a size in letters': Buffer.from('hello\0\0\0\0\0\0\0'),
};
for (const [what, field] of Object.entries(sizes)) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(read(saysSize(field)), OciError);
  });
}

test('refuses a sparse file in the old form of GNU, and any other kind that is not known', async () => {
  for (const flag of ['S', 'V', 'M', 'A']) {
    const archive = Buffer.from(await other([{ name: 'harmless' }]));
    archive.write(flag, 156, 'latin1');
    archive.fill(' ', 148, 156);
    const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await assert.rejects(read(archive), OciError, flag);
  }
});

test('refuses a PAX header whose records do not add up', async () => {
  const archive = Buffer.from(await other([{ name: 'a', pax: { comment: 'x' } }]));
  const at = archive.indexOf('comment=x') - 3;
  for (const text of ['99', '0 ', 'ab', '-1']) {
    archive.write(text, at);
    await assert.rejects(read(archive), OciError);
  }
});

test('refuses more entries than any image has', async () => {
  const block = Buffer.from([...packTar([{ type: 'directory', path: 'd', mode: 0o755 }])][0] ?? []).subarray(0, 512);
  const many = Buffer.concat(Array<Buffer>(100_002).fill(block));
  await assert.rejects(read(many), (error) => error instanceof OciError && error.code === 'too-large');
});

test('an absolute symbolic link leads nowhere in an archive', async () => {
  const found = await read(await other([{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }]));
  assert.equal(found.get('a')?.target, 'etc/passwd');
});

test('any change of any byte is harmless: the archive is read or refused', async () => {
  const archive = Buffer.from(await other([{ name: 'a/b' }, { name: `${'y'.repeat(130)}` }], ['12345', '6']));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(archive.length),
      async (changes, length) => {
        const bytes = Buffer.from(archive);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          for (const [path, { offset, sizeBytes }] of await read(bytes.subarray(0, length))) {
            assert.ok(!path.startsWith('/') && !path.split('/').includes('..'));
            assert.ok(offset + sizeBytes <= length);
          }
        } catch (error) {
          assert.ok(error instanceof OciError, String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});

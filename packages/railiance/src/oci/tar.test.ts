import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { unpackTar } from 'modern-tar';

import { digestOf } from './digest.ts';
import { OciError } from './ociError.ts';
import { arrangeEntries, packTar, type TarEntry } from './tar.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-tar-'));
after(() => rm(root, { recursive: true, force: true }));

const pack = (entries: Iterable<TarEntry>) => Buffer.concat([...packTar(entries)]);
const text = (path: string, content: string, mode = 0o644): TarEntry => ({
  type: 'content',
  path,
  mode,
  content: Buffer.from(content),
});

async function fileEntry(name: string, content: string | Buffer): Promise<TarEntry & { readonly source: string }> {
  const source = join(root, name);
  await writeFile(source, content);
  return { type: 'file', path: name, source, sizeBytes: Buffer.byteLength(content), mode: 0o644 };
}

test('these entries have these bytes, on any machine and for ever', () => {
  const entries: TarEntry[] = [
    text('app/server.js', 'hello\n'),
    text('bin/run', '#!', 0o755),
    { type: 'symlink', path: 'app/link', target: '../bin/run' },
    { type: 'directory', path: 'home/node', mode: 0o755, uid: 1000, gid: 1000 },
    text(`app/${'ä'.repeat(60)}`, 'long and not ASCII'),
  ];
  const expected = 'sha256:16e011850c6bd201d828827b09854dbdc27258f9ee2f8aa0d962ddae6abbc4ad';
  assert.equal(digestOf(pack(entries)), expected);
  assert.equal(digestOf(pack(entries.toReversed())), expected);
});

test('another reader of tar finds the same entries', async () => {
  const names = fc.stringMatching(/^[a-zä€😀 .-]{1,120}$/u).filter((name) => name !== '.' && name !== '..');
  const paths = fc.uniqueArray(
    fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => `x/${parts.join('/')}`),
    {
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(paths, fc.uint8Array({ maxLength: 2000 }), async (all, content) => {
      // A file cannot be a folder too.
      const files = all.filter((path) => !all.some((other) => other.startsWith(`${path}/`)));
      const entries = files.map((path): TarEntry => ({ type: 'content', path, mode: 0o644, content }));
      const found = await unpackTar(pack(entries), { strict: true });
      const read = found.filter(({ header }) => header.type === 'file');
      assert.deepEqual(
        new Map(read.map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString('hex')])),
        new Map(files.map((path) => [path, Buffer.from(content).toString('hex')])),
      );
      for (const { header } of found) {
        assert.deepEqual([header.uid, header.gid, header.mtime?.getTime()], [0, 0, 1000]);
      }
    }),
    { numRuns: 60 },
  );
});

test('links keep their targets, however long', async () => {
  const target = `../${'é'.repeat(150)}`;
  const [folder, link] = await unpackTar(pack([{ type: 'symlink', path: 'a/link', target }]), { strict: true });
  assert.equal(folder?.header.type, 'directory');
  assert.deepEqual([link?.header.type, link?.header.linkname], ['symlink', target]);
});

test('a file of many chunks comes through whole, a mebibyte at a time', async () => {
  const content = Buffer.alloc(5 * 1024 * 1024 + 7, 'railiance');
  const entry = await fileEntry('large', content);
  const chunks = [...packTar([entry])];
  assert.ok(chunks.every((chunk) => chunk.length <= 1024 * 1024));
  const [found] = await unpackTar(Buffer.concat(chunks), { strict: true });
  assert.equal(digestOf(found?.data ?? Buffer.alloc(0)), digestOf(content));
});

test('times and owners of files do not show', async () => {
  const entry = await fileEntry('dated', 'content');
  const before = digestOf(pack([entry]));
  await utimes(entry.source, 1e9, 1e9);
  assert.equal(digestOf(pack([entry])), before);
});

test('a file that grew, shrank, or became a link is refused by its name', async () => {
  const entry = await fileEntry('changing', 'four');
  await writeFile(entry.source, 'grown');
  assert.throws(
    () => pack([entry]),
    (error) => error instanceof OciError && error.message.includes(entry.source),
  );
  await writeFile(entry.source, 'cut');
  assert.throws(() => pack([entry]), OciError);
  await rm(entry.source);
  await symlink('/etc/hostname', entry.source);
  assert.throws(() => pack([entry]));
});

for (const path of ['../x', '/x', 'a/../b', 'a//b', 'a/', './a', '', '.', 'a\0b']) {
  test(`refuses the path ${JSON.stringify(path)}`, () => {
    assert.throws(
      () => pack([text(path, '')]),
      (error) => error instanceof OciError && error.code === 'invalid',
    );
  });
}

test('refuses a path that is there twice, and a file that is a folder too', () => {
  assert.throws(() => arrangeEntries([text('a', '1'), text('a', '2')]), OciError);
  assert.throws(() => arrangeEntries([text('a', '1'), text('a/b', '2')]), OciError);
  assert.throws(() => arrangeEntries([{ type: 'symlink', path: 'a', target: '/' }, text('a/b', '2')]), OciError);
});

test('folders come before what is in them, and keep the mode that was given', () => {
  const arranged = arrangeEntries([text('t/a/b', ''), text('t-x', ''), { type: 'directory', path: 't', mode: 0o1777 }]);
  assert.deepEqual(
    arranged.map((entry) => [entry.path, 'mode' in entry ? entry.mode : undefined]),
    [
      ['t', 0o1777],
      ['t-x', 0o644],
      ['t/a', 0o755],
      ['t/a/b', 0o644],
    ],
  );
});

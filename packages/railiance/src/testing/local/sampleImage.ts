import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Artifact } from '../../domain/artifact.ts';
import type { TarEntry } from '../../oci/tar.ts';
import { makeTinyImage, textFile } from '../tinyImage.ts';

const sampleApp = fileURLToPath(import.meta.resolve('../sampleApp.ts'));
const program = '/usr/local/bin/node';
const main = '/app/main.ts';

export const sampleCommand = (name: string): readonly string[] => [program, main, name];

/** `testing/sampleApp.ts` and its one package as an image of this machine's platform. */
export async function makeSampleArtifact(layoutDir: string): Promise<Artifact> {
  const files: TarEntry[] = [
    textFile('app/main.ts', readFileSync(sampleApp, 'utf8')),
    textFile('app/package.json', '{"type":"module"}'),
    { type: 'content', path: 'app/foreign', mode: 0o755, content: foreignProgram() },
  ];
  const config = { Entrypoint: [program, main], WorkingDir: '/app', Labels: { 'dev.railiance.builder': 'node' } };
  const { manifestDigest } = await makeTinyImage(layoutDir, { layers: [[...files, ...packageFiles('ws')]], config });
  return {
    app: 'sample',
    revision: { tag: 'abc1234', dirty: false },
    configDigest: manifestDigest,
    manifestDigest,
    sizeBytes: 1024 * 1024,
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    builder: 'node',
  };
}

/** The header of a program for a processor that this machine is not: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
function foreignProgram(): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const [executable, s390] = [2, 22];
  header.writeUInt16LE(executable, 16);
  header.writeUInt16LE(s390, 18);
  header.writeUInt32LE(1, 20);
  return header;
}

function packageFiles(name: string): TarEntry[] {
  const directory = join(fileURLToPath(import.meta.resolve(name)), '..');
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return textFile(`app/node_modules/${name}/${path.slice(directory.length + 1)}`, readFileSync(path, 'utf8'));
    });
}

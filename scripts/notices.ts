import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The licences of the packages that a bundle took its files from: the bundle carries their code, so it carries these. */
export async function thirdPartyNotices(inputs: readonly string[], baseDir: string): Promise<string> {
  const folders = inputs.flatMap((input) => /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? []);
  const unique = [...new Set(folders.map((folder) => resolve(baseDir, folder)))];
  const notices = await Promise.all(unique.map(noticeOf));
  return notices.sort().join(`\n${'-'.repeat(80)}\n\n`);
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
  return `${name} ${version} (${license ?? 'see below'})\n\n${text.trim()}\n`;
}

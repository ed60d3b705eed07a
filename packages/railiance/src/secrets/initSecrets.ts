import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

import { encryptText, findCreationRule } from './sops/index.ts';
import { createSecretsFile, formatOf } from './sopsFile.ts';

export interface InitRequest {
  /** Absolute path of the file that is to hold the secrets. */
  readonly file: string;
  /** Folder for `.sops.yaml` where there is none yet, absolute. */
  readonly root: string;
  readonly recipients: readonly string[];
  /** Names to be set later. They are in the file at once, empty, so that a check misses them by name. */
  readonly names: readonly string[];
}

/**
 * Makes the rule and the encrypted file of an app.
 * @returns the files written, absolute
 * @throws Failure where the file is there already
 */
export async function initSecrets({ file, root, recipients, names }: InitRequest): Promise<readonly string[]> {
  const format = formatOf(file);
  const written: string[] = [];
  const rule = await findCreationRule(file).catch(() => undefined);
  await mkdir(dirname(file), { recursive: true });
  if (rule === undefined) {
    const config = join(root, '.sops.yaml');
    await createSecretsFile(config, ruleText(file, root, recipients));
    written.push(config);
  }
  const empty = {
    yaml: names.map((name) => `${name}: ""\n`).join('') || '{}\n',
    json: jsonText(names),
    dotenv: envText(names),
  };
  const text = await encryptText(empty[format], {
    format,
    recipients: rule === undefined || rule.recipients.length === 0 ? recipients : rule.recipients,
    rules: rule?.rules ?? {},
    macOnlyEncrypted: rule?.macOnlyEncrypted ?? false,
  });
  await createSecretsFile(file, text);
  return [...written, file];
}

/** Every file of that kind in that folder, whatever its app. */
function ruleText(file: string, root: string, recipients: readonly string[]): string {
  const folder = relative(root, dirname(file)).split(sep).join('/');
  const ending = /\.[^/]*$/.exec(basename(file))?.[0] ?? '';
  const pattern = `^${escaped(folder === '' ? '' : `${folder}/`)}[^/]+${escaped(ending)}$`;
  return `# Who can open which files, for sops and railiance alike.
creation_rules:
  - path_regex: '${pattern.replaceAll("'", "''")}'
    age: ${recipients.join(',')}
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function jsonText(names: readonly string[]): string {
  return `${JSON.stringify(Object.fromEntries(names.map((name) => [name, ''])), null, 2)}\n`;
}

function envText(names: readonly string[]): string {
  return names.map((name) => `${name}=\n`).join('');
}

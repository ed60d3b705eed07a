import { dotenv } from './dotenv.ts';
import type { Format, FormatName } from './format.ts';
import { json } from './json.ts';
import { yaml } from './yaml/yaml.ts';

const formats: Readonly<Record<FormatName, Format>> = { yaml, json, dotenv };

export function formatNamed(name: FormatName): Format {
  return formats[name];
}

/** By the end of the file's name, as sops has it; undefined for those that only sops itself reads (INI, binary). */
export function formatOfFile(file: string): FormatName | undefined {
  if (/\.ya?ml$/.test(file)) return 'yaml';
  if (file.endsWith('.json')) return 'json';
  if (file.endsWith('.env')) return 'dotenv';
  return undefined;
}

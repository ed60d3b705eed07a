import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { type EncryptionRules, goPattern, ruleNames } from './rules.ts';
import { SopsError } from './sopsError.ts';

/** What `.sops.yaml` says about a file that is to be encrypted. */
export interface CreationRule {
  readonly recipients: readonly string[];
  readonly rules: EncryptionRules;
  readonly macOnlyEncrypted: boolean;
  /** Its `path_regex` names the file; without one it is for whatever is encrypted. */
  readonly byPath: boolean;
  /** What it asks for that only sops itself does (other key services, Shamir groups); empty where all is done here. */
  readonly leftToSops: readonly string[];
}

const configName = '.sops.yaml';
const maxDepth = 100;
const otherServices = ['kms', 'gcp_kms', 'hckms', 'azure_keyvault', 'hc_vault_transit_uri', 'hc_vault', 'pgp'];

/**
 * The rule for a file by the nearest `.sops.yaml` in its folder or above; undefined where there is none, or where it has
 * no creation rules.
 * @throws SopsError (bad-metadata) where no rule matches or the matching one makes no sense
 */
export async function findCreationRule(file: string): Promise<CreationRule | undefined> {
  let folder = dirname(resolve(file));
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const path = join(folder, configName);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (text !== undefined) return await creationRule(text, relative(folder, resolve(file)).split(sep).join('/'));
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}

/**
 * The first rule whose `path_regex` fits the path, which is relative to the folder of `.sops.yaml`.
 * @throws SopsError (bad-metadata)
 */
export async function creationRule(configText: string, path: string): Promise<CreationRule | undefined> {
  const config = await readConfig(configText);
  const rules = config.creation_rules;
  if (rules === undefined || rules === null) return undefined;
  if (!Array.isArray(rules)) throw new SopsError('bad-metadata', `creation_rules in ${configName} is not a list`);
  for (const rule of rules as unknown[]) {
    if (!isRecord(rule)) throw new SopsError('bad-metadata', `a creation rule in ${configName} is not a map`);
    const pattern = rule.path_regex;
    if (typeof pattern !== 'string' || pattern === '' || goPattern(pattern).test(path)) return ruleFrom(rule);
  }
  throw new SopsError('bad-metadata', `no creation rule in ${configName} fits ${path}`);
}

async function readConfig(text: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  let config: unknown;
  try {
    config = parse(text, { maxAliasCount: 100, logLevel: 'error' });
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new SopsError('bad-metadata', `${configName} cannot be read: ${problem}`);
  }
  if (config === null) return {};
  if (!isRecord(config)) throw new SopsError('bad-metadata', `${configName} is not a map`);
  return config;
}

function ruleFrom(rule: Record<string, unknown>): CreationRule {
  const groups = Array.isArray(rule.key_groups) ? (rule.key_groups as unknown[]) : [];
  const [group] = groups;
  const source = isRecord(group) ? group : rule;
  const leftToSops = [
    ...(groups.length > 1 ? ['key groups (Shamir)'] : []),
    ...otherServices.filter((name) => source[name] !== undefined && source[name] !== null && source[name] !== ''),
    ...(source.merge === undefined ? [] : ['merge']),
  ];
  return {
    recipients: [...new Set(keys(source.age))],
    rules: encryptionRules(rule),
    macOnlyEncrypted: rule.mac_only_encrypted === true,
    byPath: typeof rule.path_regex === 'string' && rule.path_regex !== '',
    leftToSops,
  };
}

function keys(given: unknown): string[] {
  if (given === undefined || given === null) return [];
  const parts: unknown[] = typeof given === 'string' ? [given] : Array.isArray(given) ? given : [undefined];
  return parts.flatMap((part) => {
    if (typeof part !== 'string')
      throw new SopsError('bad-metadata', `age in ${configName} is neither text nor a list of texts`);
    return part
      .split(',')
      .map((key) => key.trim())
      .filter((key) => key !== '');
  });
}

function encryptionRules(rule: Record<string, unknown>): EncryptionRules {
  const given = Object.entries(ruleNames).filter(([, name]) => typeof rule[name] === 'string' && rule[name] !== '');
  if (given.length > 1) {
    const names = given.map(([, name]) => name).join(' and ');
    throw new SopsError('bad-metadata', `${names} exclude each other in a creation rule of ${configName}`);
  }
  return Object.fromEntries(given.map(([key, name]) => [key, rule[name]])) as EncryptionRules;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { type EncryptionRules, ruleNames } from './rules.ts';
import { SopsError } from './sopsError.ts';

/** The data key, encrypted for one person or machine: an age file with armor. */
export interface AgeKey {
  readonly recipient: string;
  readonly enc: string;
}

/** What the `sops` entry of an encrypted file holds, as far as age goes. */
export interface Metadata {
  readonly age: readonly AgeKey[];
  /** RFC 3339, as it stands: the MAC is bound to it. */
  readonly lastModified: string;
  /** Encrypted. Absent where somebody took it out. */
  readonly mac?: string;
  readonly macOnlyEncrypted: boolean;
  readonly rules: EncryptionRules;
  readonly version: string;
  /** Entries of other key services (pgp, kms, …), kept as they are. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** Key services that railiance leaves to sops. */
const otherKeys = ['kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault', 'pgp'] as const;

/** The order in which sops writes its entries. */
const order = [
  ...[
    'shamir_threshold',
    'key_groups',
    'kms',
    'gcp_kms',
    'hckms',
    'azure_kv',
    'hc_vault',
    'age',
    'lastmodified',
    'mac',
    'pgp',
  ],
  ...Object.values(ruleNames),
  ...['mac_only_encrypted', 'version'],
];

/** Written into new files: the version of sops whose format this is. */
export const formatVersion = '3.11.0';

/** @throws SopsError `bad-metadata`, or `unsupported` for Shamir groups */
export function parseMetadata(raw: unknown): Metadata {
  if (!isRecord(raw)) throw new SopsError('bad-metadata', 'the sops entry is not a map');
  if (raw.key_groups !== undefined && raw.key_groups !== null) {
    throw new SopsError(
      'unsupported',
      'its data key is split between key groups (Shamir), which only sops itself can join',
    );
  }
  const macOnly = raw.mac_only_encrypted;
  return {
    age: ageKeys(raw.age),
    lastModified: timestamp(raw.lastmodified),
    ...(typeof raw.mac === 'string' && raw.mac !== '' ? { mac: raw.mac } : {}),
    macOnlyEncrypted: macOnly === true || macOnly === 'true',
    rules: rulesOf(raw),
    version: typeof raw.version === 'string' ? raw.version : '',
    others: Object.fromEntries(Object.entries(raw).filter(([name, value]) => isOther(name) && !isEmpty(value))),
  };
}

function isOther(name: string): boolean {
  return !order.includes(name) || (otherKeys as readonly string[]).includes(name);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function ageKeys(raw: unknown): AgeKey[] {
  if (isEmpty(raw)) return [];
  if (!Array.isArray(raw)) throw new SopsError('bad-metadata', 'sops.age is not a list');
  return raw.map((key: unknown) => {
    if (!isRecord(key) || typeof key.recipient !== 'string' || typeof key.enc !== 'string') {
      throw new SopsError('bad-metadata', 'an entry of sops.age lacks its recipient or enc');
    }
    return { recipient: key.recipient, enc: key.enc };
  });
}

function timestamp(raw: unknown): string {
  if (typeof raw !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(raw)) {
    throw new SopsError('bad-metadata', 'sops.lastmodified is no RFC 3339 time');
  }
  return raw;
}

function rulesOf(raw: Readonly<Record<string, unknown>>): EncryptionRules {
  const rules: { -readonly [name in keyof EncryptionRules]?: string } = {};
  for (const [name, entry] of Object.entries(ruleNames) as [keyof EncryptionRules, string][]) {
    const value = raw[entry];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') throw new SopsError('bad-metadata', `sops.${entry} is not text`);
    rules[name] = value;
  }
  return rules;
}

/** The names of key services other than age that also open this file. */
export function otherKeyServices(metadata: Metadata): readonly string[] {
  return otherKeys.filter((name) => metadata.others[name] !== undefined);
}

/** The `sops` entry to be written, in sops' own order. */
export function metadataEntries(metadata: Metadata): Readonly<Record<string, unknown>> {
  const entries: Record<string, unknown> = {
    ...metadata.others,
    ...(metadata.age.length > 0 ? { age: metadata.age } : {}),
    lastmodified: metadata.lastModified,
    ...(metadata.mac === undefined ? {} : { mac: metadata.mac }),
    ...(metadata.macOnlyEncrypted ? { mac_only_encrypted: true } : {}),
    version: metadata.version,
  };
  for (const [name, entry] of Object.entries(ruleNames) as [keyof EncryptionRules, string][]) {
    if (metadata.rules[name]) entries[entry] = metadata.rules[name];
  }
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => rank(a) - rank(b)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Now, as sops writes it: whole seconds, UTC. */
export function timestampNow(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

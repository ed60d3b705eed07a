import { SopsError } from './sopsError.ts';
import type { Leaf } from './tree.ts';

/** Which values are encrypted. At most one is given; without any, all but keys ending in `_unencrypted` are. */
export interface EncryptionRules {
  readonly unencryptedSuffix?: string;
  readonly encryptedSuffix?: string;
  readonly unencryptedRegex?: string;
  readonly encryptedRegex?: string;
  readonly unencryptedCommentRegex?: string;
  readonly encryptedCommentRegex?: string;
}

/** Names as they stand in the metadata and in `.sops.yaml`, in the order sops writes them. */
export const ruleNames = {
  unencryptedSuffix: 'unencrypted_suffix',
  encryptedSuffix: 'encrypted_suffix',
  unencryptedRegex: 'unencrypted_regex',
  encryptedRegex: 'encrypted_regex',
  unencryptedCommentRegex: 'unencrypted_comment_regex',
  encryptedCommentRegex: 'encrypted_comment_regex',
} as const satisfies Record<keyof EncryptionRules, string>;

export const defaultRules: EncryptionRules = { unencryptedSuffix: '_unencrypted' };

export type IsEncrypted = (leaf: Leaf) => boolean;

/** @throws SopsError (bad-metadata) for more than one rule, or a pattern that cannot be read */
export function compileRules(given: EncryptionRules): IsEncrypted {
  const names = (Object.keys(ruleNames) as (keyof EncryptionRules)[]).filter((name) => given[name]);
  if (names.length > 1) {
    throw new SopsError('bad-metadata', `${names.map((name) => ruleNames[name]).join(' and ')} exclude each other`);
  }
  const rules = names.length === 0 ? defaultRules : given;
  const { unencryptedSuffix, encryptedSuffix } = rules;
  if (unencryptedSuffix) return ({ path }) => !path.some((key) => key.endsWith(unencryptedSuffix));
  if (encryptedSuffix) return ({ path }) => path.some((key) => key.endsWith(encryptedSuffix));
  if (rules.unencryptedRegex) {
    const pattern = goPattern(rules.unencryptedRegex);
    return ({ path }) => !path.some((key) => pattern.test(key));
  }
  if (rules.encryptedRegex) {
    const pattern = goPattern(rules.encryptedRegex);
    return ({ path }) => path.some((key) => pattern.test(key));
  }
  if (rules.unencryptedCommentRegex) {
    const pattern = goPattern(rules.unencryptedCommentRegex);
    return ({ comments }) => !comments.some((level) => level.some((comment) => pattern.test(comment)));
  }
  const pattern = goPattern(rules.encryptedCommentRegex ?? '');
  return (leaf) => commentsAbove(leaf).some((comment) => pattern.test(comment));
}

/** The comment that asks for encryption stays readable itself: for a comment, only those before it count. */
function commentsAbove({ node, comments }: Leaf): readonly string[] {
  const flat = comments.flat();
  return node.kind === 'comment' ? flat.slice(0, -1) : flat;
}

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\t\\n\\v\\f\\r ',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
  punct: '!-\\/:-@\\[-`{-~',
};

/**
 * A pattern in Go's RE2 syntax as a JavaScript one: leading flags, `\A`, `\z` and POSIX classes are the differences that
 * occur in rules.
 * @throws SopsError (bad-metadata)
 */
export function goPattern(source: string): RegExp {
  if (source.length > 1000) throw new SopsError('bad-metadata', 'a pattern of more than 1,000 characters');
  const flags = /^\(\?([ims]+)\)/.exec(source);
  const body = source
    .slice(flags?.[0].length ?? 0)
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole)
    .replaceAll(/\\([Az])/g, (_, anchor: string) => (anchor === 'A' ? '(?<![\\s\\S])' : '(?![\\s\\S])'));
  try {
    return new RegExp(body, `${flags?.[1] ?? ''}u`);
  } catch {
    throw new SopsError('bad-metadata', `the pattern ${JSON.stringify(source)} cannot be read`);
  }
}

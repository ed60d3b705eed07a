import { isDigest } from './digest.ts';
import { OciError, quoted } from './ociError.ts';
import type { Digest } from './types.ts';

/** `[registry/]repository[:tag][@digest]` */
export interface Reference {
  /** Host name or address, with its port where one is written. Absent: the reference names none. */
  readonly registry?: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

// https://github.com/distribution/reference/blob/main/regexp.go
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const registryPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]{2,39}\\])(?::([0-9]{1,5}))?$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

const maxNameLength = 255;
const maxReferenceLength = maxNameLength + 128 + 73;

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

export function isRepository(text: string): boolean {
  return text.length <= maxNameLength && repositoryPattern.test(text);
}

export function isRegistry(text: string): boolean {
  if (text.length > maxNameLength) return false;
  const match = registryPattern.exec(text);
  return match !== null && (match[1] === undefined || (Number(match[1]) > 0 && Number(match[1]) <= 65_535));
}

/** As every Docker client tells a host from the first part of a repository. */
function looksLikeRegistry(text: string): boolean {
  return text === 'localhost' || /[.:[A-Z]/.test(text);
}

/** @throws OciError `invalid`, saying which part is wrong */
export function parseReference(text: string): Reference {
  const refuse = (why: string) => new OciError('invalid', `${quoted(text)} is not an image reference: ${why}`);
  if (text.length === 0 || text.length > maxReferenceLength) throw refuse(`1 to ${maxReferenceLength} characters`);

  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw refuse('what follows @ is not a sha256 digest');

  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tag = colon > named.lastIndexOf('/') ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw refuse('the tag has characters or a length that tags may not have');

  const name = tag === undefined ? named : named.slice(0, colon);
  if (name.length > maxNameLength) throw refuse(`the name is longer than ${maxNameLength} characters`);
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const registry = looksLikeRegistry(first) ? first : undefined;
  if (registry !== undefined && !isRegistry(registry)) throw refuse('the registry is not a host name with a port');

  const repository = registry === undefined ? name : name.slice(slash + 1);
  if (!isRepository(repository)) throw refuse('the repository has characters that repositories may not have');
  return {
    ...(registry === undefined ? {} : { registry }),
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

export function formatReference({ registry, repository, tag, digest }: Reference): string {
  const host = registry === undefined ? '' : `${registry}/`;
  return `${host}${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

import { isTag } from '../reference.ts';
import { readJson } from './answers.ts';
import { RegistryError } from './registryError.ts';
import type { Repository } from './repository.ts';

const pageSize = 1000;
const maxPageBytes = 32 * 1024 * 1024;
const maxTags = 1_000_000;

/**
 * Every tag of a repository, in the registry's order; none where there is no such repository. Pages are asked for until
 * one is empty or none follows: Gitea names a next page on the last one too.
 * @throws RegistryError `invalid` for pages that go in a circle, `too-large` beyond a million tags
 */
export async function* listTags(repository: Repository, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  let url: string | URL | undefined = repository.path(`tags/list?n=${pageSize}`);
  let last: string | undefined;
  for (let count = 0; url !== undefined; ) {
    const response = await repository.request({ method: 'GET', url, expect: [200, 404], signal });
    const answer = await readJson(response, maxPageBytes).catch((error) => {
      if (response.status === 404) return {};
      throw error;
    });
    const tags = 'tags' in answer && Array.isArray(answer.tags) ? answer.tags.filter(isTagText) : [];
    if (response.status === 404 || tags.length === 0) return;
    if (tags.at(-1) === last) throw new RegistryError('invalid', 'the list of tags goes in a circle', response);
    last = tags.at(-1);
    count += tags.length;
    if (count > maxTags) throw new RegistryError('too-large', `more than ${maxTags} tags`, response);
    yield* tags;
    url = nextPage(response.headers.link, response.url, repository);
  }
}

function isTagText(value: unknown): value is string {
  return typeof value === 'string' && isTag(value);
}

/** https://www.rfc-editor.org/rfc/rfc8288: only the registry's own next page is followed. */
function nextPage(link: string | string[] | undefined, from: URL, { transport }: Repository): URL | undefined {
  const header = Array.isArray(link) ? link.join(', ') : (link ?? '');
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(header)?.[1];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const next = new URL(target, from);
  // Behind a proxy the registry may not know its own name; path and query are what matters.
  return new URL(`${next.pathname}${next.search}`, transport.base);
}

import { type Html, html } from './html.ts';

/** The main table as a file, with the filters that are set. */
export function exportLinks(url: URL): Html {
  const query = new URLSearchParams(url.search);
  query.delete('cursor');
  const search = query.size > 0 ? `?${query}` : '';
  return html`<a href="${url.pathname}/export.csv${search}" download>CSV</a><a href="${url.pathname}/export.jsonl${search}" download>JSON Lines</a>`;
}

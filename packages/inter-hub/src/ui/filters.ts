import { type Html, html, nothing } from './html.ts';

/** A filter of a page; its value is in the address, under its name. */
export interface Filter {
  readonly name: string;
  readonly label: string;
  /** Choices, as value and words; without them it is a search field. */
  readonly options?: readonly (readonly [string, string])[];
}

export type FilterValues = Readonly<Record<string, string | undefined>>;

/** Filters as a form that changes the address; without script it has a button, which it keeps. */
export function filterBar(filters: readonly Filter[], values: FilterValues, button = 'Filter'): Html {
  if (filters.length === 0) return nothing;
  const set = filters.some(({ name }) => values[name] !== undefined);
  return html`<form class="filters" method="get" role="search" aria-label="Filters" data-filters>
${filters.map(({ name, label, options }) => {
  const id = `filter-${name}`;
  const value = values[name] ?? '';
  return html`<div><label for="${id}">${label}</label>${
    options
      ? html`<select id="${id}" name="${name}">${options.map(([option, words]) => html`<option value="${option}"${option === value ? html` selected` : nothing}>${words}</option>`)}</select>`
      : html`<input id="${id}" name="${name}" type="search" value="${value}" maxlength="200" autocomplete="off">`
  }</div>`;
})}
<button class="button quiet">${button}</button>
${set ? html`<a class="button quiet" href="?">Clear</a>` : nothing}
</form>`;
}

/** The values of an address that fit the filters; what does not is as if it were not there. */
export function readFilters(filters: readonly Filter[], url: URL): FilterValues {
  return Object.fromEntries(
    filters.map(({ name, options }) => {
      const value = url.searchParams.get(name)?.replaceAll('\0', '').slice(0, 200) ?? '';
      const fits = value !== '' && (options === undefined || options.some(([option]) => option === value));
      return [name, fits ? value : undefined];
    }),
  );
}

/** The same address with something changed; undefined takes a parameter away. */
export function withQuery(url: URL, changes: Readonly<Record<string, string | undefined>>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) changed.searchParams.delete(name);
    else changed.searchParams.set(name, value);
  }
  return `${changed.pathname}${changed.search}`;
}

export function pager(url: URL, next: string | null): Html | undefined {
  const first = url.searchParams.has('cursor');
  if (!first && next === null) return undefined;
  return html`<span>${first ? html`<a href="${withQuery(url, { cursor: undefined })}">Newest</a>` : nothing}</span>${
    next === null
      ? html`<span>That is all.</span>`
      : html`<a href="${withQuery(url, { cursor: next })}" rel="next">Older</a>`
  }`;
}

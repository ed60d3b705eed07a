import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup whose values are escaped already. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export { html };

export const nothing: Html = html``;

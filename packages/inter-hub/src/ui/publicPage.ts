import { brand } from './brand.ts';
import { document } from './document.ts';
import { type Html, html } from './html.ts';

/** A page that anyone may see. */
export function publicPage(title: string, content: Html, signedIn = false): Html {
  return document({
    title,
    body: html`<div class="public">
<header>
<a href="/">${brand}</a>
<nav aria-label="Main">
<a href="/capabilities">Capabilities</a>
<a href="/docs">API</a>
${signedIn ? html`<a class="button" href="/interactions">Open</a>` : html`<a class="button" href="/login">Sign in</a>`}
</nav>
</header>
<main id="main" tabindex="-1">${content}</main>
<footer><span>Inter-Hub</span><a href="/api/v2/openapi.json">OpenAPI</a><a href="/healthz">Health</a></footer>
</div>`,
  });
}

import type { SessionUser } from '../auth/sessions.ts';
import type { WaitingCounts } from '../queries/waitingCounts.ts';
import { brand } from '../ui/brand.ts';
import { document } from '../ui/document.ts';
import { csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { navigation } from './navigation.ts';
import type { PageContent } from './page.ts';

export interface Frame {
  readonly content: PageContent;
  readonly user: SessionUser;
  readonly csrf: string;
  readonly path: string;
  readonly waiting: WaitingCounts;
  readonly notice: Html | undefined;
}

/** The frame of every page behind the login. */
export function frame({ content, user, csrf, path, waiting, notice }: Frame): Html {
  return document({
    title: content.title,
    interactive: true,
    body: html`<div class="shell">
<div class="rail"><details data-menu><summary>${brand}</summary>
<nav class="places" aria-label="Places" id="places" data-live>
${navigation.map(
  ({ title, places }) =>
    html`<h2>${title}</h2><ul>${places.map((place) => {
      const here = path === place.href || path.startsWith(`${place.href}/`);
      const count = place.count ? waiting[place.count] : 0;
      return html`<li><a href="${place.href}"${here ? html` aria-current="page"` : nothing}${place.key ? html` data-key="${place.key}"` : nothing}>${place.title}${
        count > 0 ? html`<span class="count">${count}<span class="visually-hidden"> waiting</span></span>` : nothing
      }</a></li>`;
    })}</ul>`,
)}
</nav>
<div class="places"><div class="whoami"><span>${user.name}<br><span class="muted">${user.role}</span></span>
<form method="post" action="/logout" class="ml-auto">${csrfField(csrf)}<button class="button quiet small">Sign out</button></form></div></div>
</details></div>
<main class="page" id="main" tabindex="-1">
<div class="page-head"><div><h1>${content.title}</h1>${content.intro ? html`<p>${content.intro}</p>` : nothing}</div>
<div class="beside"><div class="live" data-live-state></div>${content.aside ?? nothing}</div></div>
${notice ?? nothing}
<div class="stack">${content.body}</div>
</main>
</div>`,
  });
}

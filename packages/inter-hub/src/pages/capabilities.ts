import { phases } from '../dashboards/phases.ts';
import { type Html, html } from '../ui/html.ts';
import { publicPage } from '../ui/publicPage.ts';

const offers: readonly (readonly [string, string])[] = [
  ['Events', 'CloudEvents, CDEvents or plain progress JSON, one at a time or a thousand; each stored once.'],
  ['Live', 'Server-Sent Events that resume where they stopped.'],
  ['Webhooks', 'Signed as Standard Webhooks says, and tried again for three days.'],
  ['Record', 'Append-only, held by the database itself. Exports as CSV and JSON Lines.'],
  ['Access', 'Keys with scopes and limits for programs; four roles for people; an audit log for both.'],
];

export function capabilitiesPage(signedIn: boolean): Html {
  return publicPage(
    'Capabilities',
    html`<section class="hero">
<h1>Capabilities</h1>
<p>Twelve dashboards, one for each phase of the Interaction Hub Framework, and an API for everything they show.</p>
</section>
<section aria-labelledby="phases">
<h2 id="phases" class="mb-4">Twelve phases</h2>
<ol class="phases">${phases.map(
      (phase) =>
        html`<li><span class="phase-number">${phase.number}</span><div><h3>${phase.title}</h3><p>${phase.summary}</p></div></li>`,
    )}</ol>
</section>
<section aria-labelledby="offers" class="mt-12">
<h2 id="offers" class="mb-4">For programs</h2>
<dl class="facts">${offers.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
<p class="mt-6"><a href="/docs">Read the API reference</a></p>
</section>`,
    signedIn,
  );
}

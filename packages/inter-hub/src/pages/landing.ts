import { type Html, html } from '../ui/html.ts';
import { publicPage } from '../ui/publicPage.ts';
import { specimen } from './specimen.ts';

const stops: readonly (readonly [string, string])[] = [
  ['Widget', 'anything people touch'],
  ['Interaction', 'what happened to it'],
  ['Annotation', 'what someone saw'],
  ['Candidate', 'what keeps coming back'],
  ['Requirement', 'what should hold'],
  ['Decision', 'who said yes'],
  ['Deployment', 'what went live'],
  ['Outcome', 'what it did'],
  ['Learning', 'what to keep'],
];

const reasons: readonly (readonly [string, string])[] = [
  [
    'See what runs where',
    'Every app on every stage: which version, since when, whether its checks passed, and what it can go back to.',
  ],
  [
    'Say yes once, to one thing',
    'An approval names one app, one stage and one digest. What goes live is what was approved.',
  ],
  [
    'Follow a failure to its fix',
    'The check that said no, its evidence, who took it on, the release that mended it, and what was learned.',
  ],
];

export function landingPage(signedIn: boolean): Html {
  return publicPage(
    'Welcome',
    html`<div class="opening"><section class="hero">
<h1>Inter-Hub keeps the record of what runs, and why</h1>
<p>One place for your team's releases, approvals, failures and workplans. Every record leads back to what caused it, and on to what came of it.</p>
<div class="form-row">
${signedIn ? html`<a class="button" href="/interactions">Open the dashboards</a>` : html`<a class="button" href="/login">Sign in</a>`}
<a class="button quiet" href="/capabilities">What it can do</a>
</div>
</section>
${specimen()}</div>
<section class="reasons" aria-label="What it is for">${reasons.map(([title, text]) => html`<div><h2>${title}</h2><p>${text}</p></div>`)}</section>
<section aria-labelledby="chain">
<h2 id="chain" class="mb-6">From what someone touched to what the team learned</h2>
<ol class="route-map">${stops.map(([name, text]) => html`<li><strong>${name}</strong><span>${text}</span></li>`)}</ol>
</section>`,
    signedIn,
  );
}

import { type Html, html } from './html.ts';

/** Hidden field that every form of a signed-in page carries. */
export function csrfField(token: string): Html {
  return html`<input type="hidden" name="csrf" value="${token}">`;
}

export interface Button {
  readonly action: string;
  readonly csrf: string;
  readonly label: string;
  readonly tone?: 'quiet' | 'danger';
  readonly fields?: Readonly<Record<string, string>>;
  /** Said to who does not see what the button stands beside. */
  readonly about?: string;
}

/** A button that does one thing: a form of its own, so that it works without script. */
export function actionButton({ action, csrf, label, tone = 'quiet', fields = {}, about }: Button): Html {
  return html`<form method="post" action="${action}">${csrfField(csrf)}${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<button class="button small ${tone}">${label}${about ? html`<span class="visually-hidden"> ${about}</span>` : ''}</button></form>`;
}

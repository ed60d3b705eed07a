import { type Html, html } from '../ui/html.ts';

/** What a page says after a form was taken; the address carries the name only, never the words. */
const notices: Readonly<Record<string, string>> = {
  approved: 'Approved. Whoever waits for it goes on now.',
  rejected: 'Rejected.',
  candidate: 'The candidate was moved on.',
  'key-revoked': 'The key does not work any more.',
  'webhook-tested': 'A test is on its way: the page API shows under Deliveries what came of it.',
  'webhook-changed': 'The change is made.',
  'delivery-again': 'It is sent again.',
  password: 'Your password is changed, and you are signed out everywhere else.',
  'signed-out': 'You are signed out everywhere else.',
  uninvited: 'The link does not work any more.',
  'user-changed': 'The change is made.',
  accepted: 'Accepted.',
  added: 'It is part of the record now.',
  linked: 'The two are linked.',
};

export function noticeOf(url: URL): Html | undefined {
  const name = url.searchParams.get('done') ?? '';
  const words = Object.hasOwn(notices, name) ? notices[name] : undefined;
  return words === undefined ? undefined : html`<p class="notice clear mb-5" role="status">${words}</p>`;
}

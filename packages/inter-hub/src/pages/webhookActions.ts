import { check, notFound } from '../api/mount.ts';
import { newWebhookSchema, unfitting } from '../api/routes/webhooks.ts';
import { audit } from '../audit.ts';
import { retryDelivery } from '../queries/retryDelivery.ts';
import { html } from '../ui/html.ts';
import { secretOf } from '../webhooks/signature.ts';
import { faultOfTarget } from '../webhooks/target.ts';
import { addWebhook, changeSecret, queueTest } from '../webhooks/webhooks.ts';
import { type Action, defineAction, type PageContent } from './page.ts';
import { actorOf } from './settingsActions.ts';

const idPath = ':id{[0-9a-f-]{36}}';

const addHook = defineAction({
  path: '/settings/webhooks',
  role: 'admin',
  handle: async (request, form) => {
    const { deps } = request;
    const types = (form.get('types') ?? '').split(/[\s,]+/).filter(Boolean);
    const wanted = check(newWebhookSchema, { url: form.get('url'), hub: form.get('hub') || null, types }, 'form');
    const fault = faultOfTarget(new URL(wanted.url), deps.config.webhookHosts);
    if (fault !== undefined) throw unfitting('address', fault);
    const made = await deps.database.transaction((db) =>
      addWebhook(db, { url: wanted.url, hub: wanted.hub ?? null, types }, actorOf(request)),
    );
    if (!made) throw notFound();
    return secretPage(
      `A webhook for ${new URL(wanted.url).host}`,
      'Give its receiver this secret, by which it knows our messages.',
      secretOf(deps.sessionSecret, made.id, 1),
    );
  },
});

const changeHookSecret = defineAction({
  path: `/settings/webhooks/${idPath}/secret`,
  role: 'admin',
  handle: async (request) => {
    const { deps, params, now } = request;
    const id = params.id ?? '';
    const number = await deps.database.transaction((db) => changeSecret(db, id, now, actorOf(request)));
    if (number === undefined) throw notFound();
    return secretPage(
      'Another secret',
      'For a day messages are signed with the one before too, so that the receiver can change over.',
      secretOf(deps.sessionSecret, id, number),
    );
  },
});

const testHook = defineAction({
  path: `/settings/webhooks/${idPath}/test`,
  role: 'admin',
  handle: async (request) => {
    const { c, deps, params, now } = request;
    const queued = await deps.database.transaction((db) => queueTest(db, params.id ?? '', now, actorOf(request)));
    if (queued === undefined) throw notFound();
    void deps.deliverer.wake();
    return c.redirect('/settings?done=webhook-tested', 303);
  },
});

const pauseHook = hookSwitch('pause', 'paused');
const resumeHook = hookSwitch('resume', 'active');

function hookSwitch(name: string, status: 'active' | 'paused'): Action {
  return defineAction({
    path: `/settings/webhooks/${idPath}/${name}`,
    role: 'admin',
    handle: async (request) => {
      const { c, deps, params } = request;
      const id = params.id ?? '';
      await deps.database.transaction(async (db) => {
        const changed = await db.query('update webhooks set status = $2 where id = $1 returning id', [id, status]);
        if (changed.length === 0) throw notFound();
        await audit(db, actorOf(request), `webhook.${name}`, id);
      });
      void deps.deliverer.wake();
      return c.redirect('/settings?done=webhook-changed', 303);
    },
  });
}

const retryHook = defineAction({
  path: `/settings/webhooks/deliveries/${idPath}/again`,
  role: 'admin',
  handle: async (request) => {
    const { c, deps, params, now } = request;
    const id = params.id ?? '';
    await deps.database.transaction(async (db) => {
      if (!(await retryDelivery(db, id, now))) throw notFound();
      await audit(db, actorOf(request), 'webhook.again', id);
    });
    void deps.deliverer.wake();
    return c.redirect('/api?done=delivery-again', 303);
  },
});

function secretPage(title: string, use: string, secret: string): PageContent {
  return {
    title,
    intro: html`${use} Copy it now: it is not shown again. <code>whsec_…</code> is a key of <a href="https://www.standardwebhooks.com/" rel="noreferrer">Standard Webhooks</a>.`,
    body: html`<pre class="code" tabindex="0">${secret}</pre><p><a href="/settings#webhooks">Back to the settings</a></p>`,
  };
}

export const hookActions: readonly Action[] = [addHook, changeHookSecret, testHook, pauseHook, resumeHook, retryHook];

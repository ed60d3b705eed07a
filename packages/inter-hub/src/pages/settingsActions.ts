import * as z from 'zod';
import { exportResponse } from '../api/export.ts';
import { issueKey, revokeKey } from '../api/keyStore.ts';
import { check, notFound } from '../api/mount.ts';
import { scopePattern } from '../api/scopes.ts';
import { audit } from '../audit.ts';
import { roles } from '../auth/roles.ts';
import { endSetupLinks, makeSetupLink } from '../auth/setupLink.ts';
import { auditPage } from '../queries/auditPage.ts';
import { html } from '../ui/html.ts';
import { type Action, defineAction, definePage, type Page, type PageRequest } from './page.ts';

const idPath = ':id{[0-9a-f-]{36}}';

/** Who does it, for the audit log. */
export function actorOf({ user, c }: PageRequest) {
  return { kind: 'user', name: user.email, address: c.get('address') } as const;
}

export const inviteUser = defineAction({
  path: '/settings/users',
  role: 'admin',
  handle: async (request, form) => {
    const { deps, now } = request;
    const schema = z.object({ email: z.email().max(254), role: z.enum(roles) });
    const wanted = check(schema, Object.fromEntries(form), 'form');
    const link = await deps.database.transaction(async (db) => {
      await audit(db, actorOf(request), 'user.invite', wanted.email, { role: wanted.role });
      return makeSetupLink(db, deps.config.baseUrl, wanted, now);
    });
    return {
      title: 'A link for one person',
      intro: `Give it to ${wanted.email} in a way you trust. It works once, for a day, and is not shown again.`,
      body: html`<pre class="code" tabindex="0">${link}</pre><p><a href="/settings">Back to the settings</a></p>`,
    };
  },
});

export const withdrawInvitation = defineAction({
  path: '/settings/invitations/withdraw',
  role: 'admin',
  handle: async (request, form) => {
    const { c, deps, now } = request;
    const email = form.get('email') ?? '';
    await deps.database.transaction(async (db) => {
      if (!(await endSetupLinks(db, email, now))) throw notFound();
      await audit(db, actorOf(request), 'user.uninvite', email);
    });
    return c.redirect('/settings?done=uninvited', 303);
  },
});

export const setRole = defineAction({
  path: `/settings/users/${idPath}/role`,
  role: 'admin',
  handle: async (request, form) => {
    const role = check(z.enum(roles), form.get('role'), 'form');
    return changeUser(request, 'update users set role = $2 where id = $1 returning id', [role], { role });
  },
});

export const disableUser = userSwitch('disable', 'now()');
export const enableUser = userSwitch('enable', 'null');

function userSwitch(name: string, value: 'now()' | 'null'): Action {
  return defineAction({
    path: `/settings/users/${idPath}/${name}`,
    role: 'admin',
    handle: (request) =>
      changeUser(request, `update users set disabled_at = ${value} where id = $1 returning id`, [], { [name]: true }),
  });
}

/** Nobody changes their own rights: so there is always an administrator left. A change ends the other's sessions. */
async function changeUser(
  request: PageRequest,
  sql: string,
  values: readonly unknown[],
  detail: Record<string, unknown>,
) {
  const { c, deps, user, params } = request;
  const id = params.id ?? '';
  if (id === user.id) throw notFound();
  await deps.database.transaction(async (db) => {
    if ((await db.query(sql, [id, ...values])).length === 0) throw notFound();
    await db.query('delete from sessions where user_id = $1', [id]);
    await audit(db, actorOf(request), 'user.change', id, detail);
  });
  return c.redirect('/settings?done=user-changed', 303);
}

const dayMs = 86_400_000;

export const makeKey = defineAction({
  path: '/settings/keys',
  role: 'admin',
  handle: async (request, form) => {
    const { deps, user, now } = request;
    const schema = z.object({
      consumer: z.string().trim().min(1).max(100),
      scopes: z.array(z.string().regex(scopePattern)).min(1, 'choose at least one scope').max(50),
      days: z.coerce.number().int().min(0).max(3650),
    });
    const given = { consumer: form.get('consumer'), scopes: form.getAll('scope'), days: form.get('days') };
    const { days, ...wanted } = check(schema, given, 'form');
    const expiresAt = days > 0 ? new Date(now.getTime() + days * dayMs) : undefined;
    const issued = await deps.database.transaction(async (db) => {
      const made = await issueKey(db, { ...wanted, createdBy: user.email, ...(expiresAt && { expiresAt }) });
      await audit(db, actorOf(request), 'api-key.create', made.id, {
        ...wanted,
        ...(expiresAt && { expires_at: expiresAt }),
      });
      return made;
    });
    return {
      title: `A key for ${wanted.consumer}`,
      intro: 'Copy it now: it is not kept, and not shown again.',
      body: html`<pre class="code" tabindex="0">${issued.key}</pre><p>It may ${wanted.scopes.join(', ')}. <a href="/settings">Back to the settings</a></p>`,
    };
  },
});

export const dropKey = defineAction({
  path: `/settings/keys/${idPath}/revoke`,
  role: 'admin',
  handle: async (request) => {
    const { c, deps, params } = request;
    const id = params.id ?? '';
    await deps.database.transaction(async (db) => {
      if (!(await revokeKey(db, id))) throw notFound();
      await audit(db, actorOf(request), 'api-key.revoke', id);
    });
    deps.keys.forget();
    return c.redirect('/settings?done=key-revoked', 303);
  },
});

export const auditExports: readonly Page[] = (['csv', 'jsonl'] as const).map((format) =>
  definePage({
    path: `/settings/audit.${format}`,
    role: 'admin',
    render: async ({ c, deps }) =>
      exportResponse(c, {
        name: 'audit',
        format,
        columns: ['seq', 'at', 'actor', 'actor_kind', 'address', 'action', 'target', 'detail'],
        next: async (seq, limit) => (await auditPage(deps.database, seq, limit)).map((row) => ({ ...row })),
      }),
  }),
);

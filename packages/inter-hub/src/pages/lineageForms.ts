import * as z from 'zod';
import { check, notFound } from '../api/mount.ts';
import { Problem } from '../api/problem.ts';
import { mayAct } from '../auth/roles.ts';
import { addFollowUp, type FollowUp, followUps, linkByHand, type RecordName } from '../chain/addByHand.ts';
import { kindNames, recordKinds } from '../chain/records.ts';
import type { Db } from '../database/db.ts';
import { csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { defineAction, type PageRequest } from './page.ts';

const path = '/lineage/:kind/:id{[0-9a-f-]{36}}';

/** What a person adds to the chain by hand: what comes next, or a tie to any other record. */
export function lineageForms({ user, csrf, params }: PageRequest): Html {
  if (!mayAct(user.role, 'operator')) return nothing;
  const here = `/lineage/${params.kind}/${params.id}`;
  const followUp = followUps[params.kind ?? ''];
  return panel({
    id: 'by-hand',
    title: 'Add to the record',
    note: 'What is added stays: the record only grows.',
    body: html`<div class="body grid grid-cols-1 gap-6">${followUp ? followUpForm(followUp, here, csrf) : nothing}
<form method="post" action="${here}/link" class="form-row">${csrfField(csrf)}
<div class="field"><label for="to">Link to: address of another record’s lineage</label><input id="to" name="to" required maxlength="300" placeholder="/lineage/requirement/…"></div>
<div class="field"><label for="relation">How this leads to it</label><input id="relation" name="relation" required maxlength="60" placeholder="mended by"></div>
<button class="button quiet">Link</button></form></div>`,
  });
}

function followUpForm({ button, titleLabel, textLabel, choice }: FollowUp, here: string, csrf: string): Html {
  return html`<form method="post" action="${here}/add" class="form">${csrfField(csrf)}
<div class="field"><label for="title">${titleLabel}</label><input id="title" name="title" required maxlength="300"></div>
${textLabel ? html`<div class="field"><label for="text">${textLabel}</label><textarea id="text" name="text" rows="3" maxlength="2000"></textarea></div>` : nothing}
<div class="form-row">${
    choice
      ? html`<div class="field"><label for="choice">${choice.label}</label><select id="choice" name="choice">${choice.options.map((option) => html`<option>${option}</option>`)}</select></div>`
      : nothing
  }<button class="button">${button}</button></div></form>`;
}

const words = z.string().regex(/^[^\0]*$/);

export const addAction = defineAction({
  path: `${path}/add`,
  role: 'operator',
  handle: async ({ c, deps, user, params, now }, form) => {
    const followUp = followUps[params.kind ?? ''];
    if (!followUp) throw notFound();
    const schema = z.object({
      title: words.trim().min(1).max(300),
      text: words.trim().max(2000).default(''),
      choice: followUp.choice ? z.enum(followUp.choice.options) : z.literal('').default(''),
    });
    const given = check(schema, Object.fromEntries(form), 'form');
    const actor = { kind: 'user', name: user.email, address: c.get('address') } as const;
    const id = await deps.database.transaction((db) => addFollowUp(db, followUp, params.id ?? '', given, actor, now));
    if (id === undefined) throw notFound();
    return c.redirect(`/lineage/${followUp.adds}/${id}?done=added`, 303);
  },
});

export const linkAction = defineAction({
  path: `${path}/link`,
  role: 'operator',
  handle: async ({ c, deps, user, params }, form) => {
    const here = check(z.object({ kind: z.enum(kindNames), id: z.uuid() }), params, 'path', notFound);
    const to = named(form.get('to') ?? '');
    const relation = check(words.trim().min(1).max(60), form.get('relation'), 'form');
    const actor = { kind: 'user', name: user.email, address: c.get('address') } as const;
    await deps.database.transaction(async (db) => {
      if (!(await isThere(db, here))) throw notFound();
      if (!(await isThere(db, to)) || to.id === here.id) throw noRecord();
      await linkByHand(db, here, to, relation, actor);
    });
    return c.redirect(`/lineage/${here.kind}/${here.id}?done=linked`, 303);
  },
});

/** Whatever comes before it: people copy whole addresses. */
function named(address: string): RecordName {
  const [, kind = '', id = ''] = /\/lineage\/([a-z]+)\/([0-9a-f-]{36})(?:[?#].*)?$/.exec(address.trim()) ?? [];
  return check(z.object({ kind: z.enum(kindNames), id: z.uuid() }), { kind, id }, 'form', noRecord);
}

async function isThere(db: Db, { kind, id }: RecordName): Promise<boolean> {
  const table = recordKinds.find((known) => known.kind === kind)?.table;
  return (await db.query(`select 1 from ${table} where id = $1`, [id])).length > 0;
}

function noRecord(): Problem {
  return new Problem(422, 'unknown_reference', 'There is no such other record.', 'Copy the address of its lineage.');
}

import { createHash } from 'node:crypto';

import type { FieldChange, LiveObjects, ObjectChange } from '../../../domain/objectChange.ts';
import type { Redactor } from '../../../exec/redact.ts';
import type { KubeObject } from '../../../kubernetes/objects.ts';
import { changedFields, editedFields } from './fieldDiff.ts';

/** An object of whatever kind, as rendered or as it is. */
export interface AnyObject extends KubeObject {
  readonly [field: string]: unknown;
}

export interface Compared {
  /** As Helm put them there last; none before the first release. */
  readonly put: readonly AnyObject[];
  /** As the release that serves is rendered now: route and Service are led to it after Helm has ended. */
  readonly current: readonly AnyObject[];
  readonly wanted: readonly AnyObject[];
  /** By `objectLabel`. */
  readonly live: ReadonlyMap<string, AnyObject>;
  /** Takes the values of secrets out. */
  readonly redact: Redactor;
}

/** `Deployment web`, unique in a namespace but for kinds of one name in two groups. */
export function objectLabel({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}

/** What becomes of each object, and what somebody else did to it. Objects that stay as they are, are left out. */
export function compareObjects({ put, current, wanted, live, redact }: Compared): LiveObjects {
  const [before, now, after] = [put, current, wanted].map(
    (objects) => new Map(objects.map((one) => [objectLabel(one), one])),
  );
  const changes: ObjectChange[] = [];
  const add = (change: ObjectChange['change'], object: AnyObject, fields: readonly FieldChange[] = []) =>
    changes.push({
      change,
      kind: object.kind ?? '',
      name: object.metadata.name,
      fields: shown(object, fields, redact),
    });
  for (const [label, object] of after ?? []) {
    const was = before?.get(label);
    const there = live.get(label);
    if (!was) add('create', object);
    const fields = was ? changedFields(described(was), described(object)).filter(isStillToDo(was, object, there)) : [];
    if (fields.length > 0) add('change', object, fields);
  }
  for (const [label, object] of before ?? []) {
    if (!after?.has(label) && !isKept(object)) add('delete', object);
    const there = live.get(label);
    if (!there) add('missing', object);
    else {
      const led = new Set(editedFields(described(now?.get(label) ?? object), there).map(({ path }) => path));
      const edited = editedFields(described(object), there).filter(({ path }) => led.has(path));
      if (edited.length > 0) add('edited', object, edited);
    }
  }
  const seen = [...live].map(([label, object]) => [label, fingerprint(object)] as const);
  return { changes, seen: Object.fromEntries(seen.sort(([one], [other]) => (one < other ? -1 : 1))) };
}

/** A field that is live as it is wanted, though Helm put it there otherwise, was led there at a switch. */
function isStillToDo(was: AnyObject, wanted: AnyObject, there: AnyObject | undefined) {
  const paths = (object: AnyObject) =>
    new Set(there ? editedFields(described(object), there).map(({ path }) => path) : []);
  const [open, moved] = [paths(wanted), paths(was)];
  return ({ path, after }: FieldChange) => (after === undefined ? !moved.has(path) : open.has(path));
}

/** Not what the server counts and notes. */
function described({
  apiVersion: _,
  kind: __,
  metadata,
  status: ___,
  ...rest
}: AnyObject): Readonly<Record<string, unknown>> {
  return { metadata: { labels: metadata.labels, annotations: metadata.annotations }, ...rest };
}

function isKept({ metadata }: AnyObject): boolean {
  return metadata.annotations?.['helm.sh/resource-policy'] === 'keep';
}

/** A Secret's values are nobody's business, whoever made it. */
function shown(object: AnyObject, fields: readonly FieldChange[], redact: Redactor): readonly FieldChange[] {
  const isSecret = (path: string) => object.kind === 'Secret' && /^(data|stringData)\b/.test(path);
  return fields.map(({ path, before, after }) => {
    if (isSecret(path)) return { path };
    const values = {
      ...(before !== undefined && { before: redact(before) }),
      ...(after !== undefined && { after: redact(after) }),
    };
    return { path, ...values };
  });
}

function fingerprint({ apiVersion: _, kind: __, metadata, status: ___, ...rest }: AnyObject): string {
  return createHash('sha256')
    .update(JSON.stringify([metadata.uid, metadata.labels, rest]))
    .digest('hex')
    .slice(0, 32);
}

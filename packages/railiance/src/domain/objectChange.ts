/** One field of an object, by its path: `spec.template.spec.containers[app].image`. Values are short, and never secret. */
export interface FieldChange {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** What a plan does to one object of a cluster, or what somebody did to it by hand since it was put there. */
export interface ObjectChange {
  readonly change: 'create' | 'change' | 'delete' | 'edited' | 'missing';
  readonly kind: string;
  readonly name: string;
  readonly fields: readonly FieldChange[];
}

/** The objects that a plan is about, as they are and as they will be. */
export interface LiveObjects {
  readonly changes: readonly ObjectChange[];
  /** Each object that is there → a hash of what it is to be: another one later says that somebody changed it. */
  readonly seen: Readonly<Record<string, string>>;
}

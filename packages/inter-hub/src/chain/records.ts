/** The kinds of records in the chain: where each is kept, and which of its columns names it. */
export interface RecordKind {
  readonly kind: string;
  readonly table: string;
  readonly title: string;
  readonly state: string;
  readonly at: string;
}

function record(kind: string, table: string, title: string, state = 'null', at = 'created_at'): RecordKind {
  return { kind, table, title, state, at };
}

/** In the order of the chain. */
export const recordKinds: readonly RecordKind[] = [
  record('widget', 'widgets', 'name', 'status'),
  record('interaction', 'interaction_events', 'summary', 'outcome', 'occurred_at'),
  record('annotation', 'annotations', 'left(body, 300)', 'severity'),
  record('candidate', 'requirement_candidates', 'title', 'status'),
  record('requirement', 'requirements', 'title', 'status'),
  record('approval', 'approvals', "concat_ws(' ', stage, tag, left(digest, 19))", 'status'),
  record('decision', 'decision_records', 'title', 'status'),
  record('deployment', 'deployment_records', "concat_ws(' ', kind, tag, 'on', stage)", 'status'),
  record('outcome', 'outcome_signals', 'summary', 'verdict', 'observed_at'),
  record('learning', 'learnings', 'title'),
];

export const kindNames = recordKinds.map(({ kind }) => kind) as [string, ...string[]];

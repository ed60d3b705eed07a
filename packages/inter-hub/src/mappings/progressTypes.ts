/** The types of progress the state hub knows by name; any other word is taken too. */
export const progressTypes: ReadonlySet<string> = new Set([
  'workstream_created',
  'workstream_status_changed',
  'task_created',
  'task_status_changed',
  'decision_recorded',
  'decision_resolved',
  'note',
]);

/** Labels of everything railiance makes in a cluster. */
export const labelOf = {
  app: 'railiance.dev/app',
  stage: 'railiance.dev/stage',
  instance: 'railiance.dev/instance',
  /** What an object of the records is: `target`, `release`, `run` … */
  kind: 'railiance.dev/kind',
  /** Of a release. */
  number: 'railiance.dev/number',
  /** That made a release. */
  run: 'railiance.dev/run',
  /** How a run ended; a run without it is not over. */
  state: 'railiance.dev/state',
  /** Which process has a run's journal open: the last one that wrote this. */
  openedAt: 'railiance.dev/opened-at',
} as const;

export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

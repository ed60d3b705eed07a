const mostNames = 4;

/** Secrets by name, for a line that a person reads: all of a few, of many the count. */
export function namedSecrets(names: readonly string[]): string {
  if (names.length === 0) return 'none needed';
  return names.length <= mostNames ? names.join(', ') : `${names.length} values`;
}

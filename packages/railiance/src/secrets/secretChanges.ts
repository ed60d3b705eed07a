import type { Secrets } from '../domain/secret.ts';

/** What a deploy does to a stage's secrets, in names alone. */
export interface SecretChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface SecretChangesQuestion {
  /** What serves runs with these; none where nothing serves. */
  readonly before: Secrets;
  /** In the app's own file. */
  readonly sealed: Secrets;
  /** Names that the stage keeps or makes itself, whatever the file holds. */
  readonly kept: readonly string[];
  /** Newest values that the stage keeps: a rotation makes some that nothing runs with yet. */
  readonly latest?: Secrets;
}

/** Values are compared, and nothing of them is in the answer. */
export function secretChanges({ before, sealed, kept, latest = before }: SecretChangesQuestion): SecretChanges {
  const now = [...new Set([...Object.keys(sealed), ...kept])].sort();
  const stays = new Set(now);
  const has = (name: string) => Object.hasOwn(before, name);
  const next = (name: string) =>
    (Object.hasOwn(sealed, name) ? sealed : Object.hasOwn(latest, name) ? latest : before)[name];
  const differs = (name: string) => next(name)?.reveal() !== before[name]?.reveal();
  return {
    added: now.filter((name) => !has(name)),
    changed: now.filter((name) => has(name) && differs(name)),
    removed: Object.keys(before)
      .filter((name) => !stays.has(name))
      .sort(),
  };
}

/** One line for a plan, e.g. `secrets: + NEW, ~ API_KEY, - OLD`. */
export function describeChanges({ added, changed, removed }: SecretChanges): string {
  const marks = [
    ...added.map((name) => `+ ${name}`),
    ...changed.map((name) => `~ ${name}`),
    ...removed.map((name) => `- ${name}`),
  ];
  return `secrets: ${marks.length === 0 ? 'as they are' : marks.join(', ')}`;
}

import type { AppSpec } from '../domain/app.ts';
import { givesDatabases, type Stage } from '../domain/stage.ts';

/**
 * Is this a name whose value is in no file, since railiance makes it and keeps it with the stage? Without a stage: may it be
 * on one of them?
 */
export function isMadeHere(
  { secrets, database }: Pick<AppSpec, 'secrets' | 'database'>,
  name: string,
  stage?: Pick<Stage, 'engine' | 'settings'>,
): boolean {
  if (secrets.generate.includes(name)) return true;
  return name === 'DATABASE_URL' && database !== undefined && (stage === undefined || givesDatabases(stage));
}

import type { AppSpec } from '../domain/app.ts';

/** Names whose values are in no file: railiance makes them, and keeps them with each stage. */
export function isMadeHere({ secrets, database }: Pick<AppSpec, 'secrets' | 'database'>, name: string): boolean {
  return (name === 'DATABASE_URL' && database !== undefined) || secrets.generate.includes(name);
}

import { exitCodes, Failure } from './failure.ts';

/** RFC 1123 labels of at most 53 characters: what Helm, Kubernetes, DNS and file systems all take. */
export const namePattern = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;

export function isName(text: string): boolean {
  return namePattern.test(text);
}

/**
 * Checks a name at the moment of use, as a second fence behind the parser: names become paths, host names and arguments.
 * @throws Failure (invalid input)
 */
export function assertName(kind: string, text: string): string {
  if (isName(text)) return text;
  throw new Failure(`use ${kind} name`, `${JSON.stringify(text.slice(0, 80))} is not a name`, {
    hint: 'names have lower-case letters, digits and inner hyphens, 1 to 53 characters',
    exitCode: exitCodes.invalidInput,
  });
}

/** One app on one stage: what a lease, a release number and a route belong to. */
export interface Target {
  readonly app: string;
  readonly stage: string;
}

export function target(app: string, stage: string): Target {
  return { app: assertName('app', app), stage: assertName('stage', stage) };
}

export function targetLabel({ app, stage }: Target): string {
  return `${app}@${stage}`;
}

/** Lower-case words with hyphens between, at most 53 characters; empty where nothing is left. */
export function slugOf(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 53).replace(/-$/, '');
}

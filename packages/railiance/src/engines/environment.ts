import type { RunSpec } from '../domain/app.ts';
import type { Target } from '../domain/name.ts';
import type { Secrets } from '../domain/secret.ts';

export interface EnvironmentInput {
  readonly target: Target;
  readonly run: Pick<RunSpec, 'env'>;
  readonly secrets: Secrets;
  readonly labels: Readonly<Record<string, string>>;
  /** Public URL of the app on this stage. */
  readonly url: string;
  /** What runs: an instance, or a command of its own. */
  readonly launchId: string;
  /** Absent for a command that is not there to listen. */
  readonly port?: number;
}

/** What is added to the image's own environment. Later wins: labels, the app's plain values, its secrets, ours. */
export function environmentOf(input: EnvironmentInput): Record<string, string> {
  const { target, run, secrets, labels, url, launchId, port } = input;
  return {
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [labelVariable(name), value])),
    ...run.env,
    ...Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])),
    RAILIANCE_APP: target.app,
    RAILIANCE_STAGE: target.stage,
    RAILIANCE_URL: url,
    RAILIANCE_INSTANCE: launchId,
    ...(port === undefined ? {} : { PORT: String(port) }),
  };
}

function labelVariable(name: string): string {
  return `RAILIANCE_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

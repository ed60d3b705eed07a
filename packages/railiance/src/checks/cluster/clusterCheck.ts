import type { Api } from '../../kubernetes/api.ts';

/** What every question to a cluster needs. */
export interface ClusterInput {
  readonly api: Api;
}

/** One answer may take this long: a gate that hangs is no gate. */
const patienceMs = 8000;

/** Ends with the caller's signal, or when patience does. */
export function patient(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
}

/** The first few of many names, and how many more there are. */
export function named(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

import { createHash } from 'node:crypto';

import { assertName, type Target } from '../../domain/name.ts';

/** Names of pods end with 17 more characters, and as host names and labels they may have 63. */
const longestInstance = 46;
/** Helm's own limit: https://helm.sh/docs/chart_template_guide/getting_started/ */
const longestRelease = 53;

/**
 * The Helm release of a target, and its Service: the app's own name on the production stage, so that `helm list` shows what one
 * expects. Services begin with a letter: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names
 */
export function releaseName({ app, stage }: Target, production: boolean): string {
  assertName('app', app);
  const plain = production ? app : `${app}-${assertName('stage', stage)}`;
  return shortened(/^[a-z]/.test(plain) ? plain : `app-${plain}-${digestOf(plain)}`, longestRelease);
}

/** Names of one instance's Deployment, Service and route. */
export function instanceName(release: string, id: string): string {
  const plain = `${release}-${id}`;
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(plain) ? shortened(plain, longestInstance) : hashed(release, id);
}

/** Host of the route that leads to one instance alone. */
export function candidateHost(host: string, id: string): string {
  return `candidate-${digestOf(id)}.${host}`;
}

/** Path that Traefik answers itself where it has taken in that a route leads to that instance. */
export function takenInPath(id: string): string {
  return `/.well-known/railiance-${digestOf(id)}`;
}

export function envSecretName(release: string, version: string): string {
  return `${release}-env-${version.slice(0, 12)}`;
}

function shortened(name: string, longest: number): string {
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9).replace(/-+$/, '')}-${digestOf(name)}`;
}

function hashed(release: string, id: string): string {
  return `${release.slice(0, longestInstance - 9).replace(/-+$/, '')}-${digestOf(id)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

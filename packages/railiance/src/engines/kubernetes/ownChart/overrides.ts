import type { Secrets } from '../../../domain/secret.ts';
import type { InstanceSpec } from '../../engine.ts';
import { imageOf } from '../instances/entry.ts';
import type { TargetState } from '../state/targetState.ts';

export type Overriding = Pick<InstanceSpec, 'app' | 'stage' | 'id' | 'image' | 'run' | 'deploy' | 'secretsVersion'>;

/** `image.tag` with the digest is what every chart of that form takes; our own rendered chart takes the rest as well. */
export function overridesOf(spec: Overriding, { release, host, app }: TargetState, secrets: Secrets) {
  const image = imageOf(spec);
  const [, repository = image, tag = ''] = /^(.+?):([^:/@]+(?:@.+)?)$/.exec(image) ?? [];
  const hasSecrets = Object.keys(secrets).length > 0;
  return {
    image: { repository, tag },
    ...(spec.deploy?.host !== undefined && { ingress: { host } }),
    app,
    env: spec.run.env,
    ...(hasSecrets && { secretRef: `${release}-env-${spec.secretsVersion.slice(0, 12)}` }),
  };
}

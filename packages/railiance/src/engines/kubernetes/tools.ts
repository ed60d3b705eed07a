import type { Clock } from '../../domain/clock.ts';
import type { Stage } from '../../domain/stage.ts';
import type { Exec } from '../../exec/exec.ts';
import type { Api } from '../../kubernetes/api.ts';
import type { SecretStore } from '../../secrets/secretStore.ts';
import type { HelmPlace } from './helm/helmPlace.ts';
import type { ClusterSettings } from './settings.ts';
import type { EndedStore } from './state/endedStore.ts';
import type { StateStore } from './state/stateStore.ts';

/** User and password for pulling images, as the blueprint names them. */
export interface PullCredentials {
  readonly registry: string;
  /** Content of a Secret of type kubernetes.io/dockerconfigjson. */
  readonly dockerConfigJson: string;
}

export interface ClusterOptions {
  readonly stage: Pick<Stage, 'name' | 'production'>;
  readonly settings: ClusterSettings;
  readonly api: Api;
  /** Of this machine. */
  readonly exec: Exec;
  readonly helmPlace: HelmPlace;
  /** `host:port` of registries that speak HTTP without TLS; absent: none. */
  readonly plainHttpHosts?: readonly string[];
  readonly clock: Clock;
  /** Where the stage's secrets are kept; pods are given copies in their own namespace. */
  readonly secrets: SecretStore;
  /** For registries that do not let everybody pull; absent or undefined: none are needed. */
  readonly pullCredentials?: () => Promise<PullCredentials | undefined>;
  /**
   * Configurations in an image, `host[:port]/path@sha256:…`, by the word of the stage's registry; undefined where it does not know
   * that image. Absent: nobody can be asked.
   */
  readonly configDigestsOf?: (image: string, signal: AbortSignal) => Promise<readonly string[] | undefined>;
}

/** What every part of this engine works with. */
export interface ClusterTools extends ClusterOptions {
  readonly states: StateStore;
  readonly ended: EndedStore;
}

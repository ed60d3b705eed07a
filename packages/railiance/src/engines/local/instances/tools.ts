import type { Home } from '../../../config/home.ts';
import type { Clock } from '../../../domain/clock.ts';
import type { Target } from '../../../domain/name.ts';
import type { SecretStore } from '../../../secrets/secretStore.ts';
import type { Ports } from './ports.ts';
import type { RuntimeChoice } from './runtimeChoice.ts';

/** What every instance of one agent shares. */
export interface InstanceTools {
  readonly home: Home;
  readonly clock: Clock;
  readonly ports: Ports;
  readonly runtimes: RuntimeChoice;
  readonly secrets: SecretStore;
  /** One folder for each process that runs or may have been left running. */
  readonly instancesDir: string;
  /** One folder for each instance, kept for a while after its end. */
  readonly logsDir: string;
  /** The agent's own log. */
  readonly log: (line: string) => void;
  readonly publicUrl: (target: Target) => string;
}

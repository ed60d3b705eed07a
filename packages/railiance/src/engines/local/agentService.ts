/** Something the agent keeps running beside the apps, such as the embedded PostgreSQL. */
export interface AgentService {
  readonly name: string;
  /** Starts it if it is not running; resolves when it can be used. Idempotent. */
  ensure(): Promise<void>;
  /** Resolves as soon as it no longer runs, however it ended, or when the signal fires. */
  untilGone(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  status(): Promise<ServiceStatus>;
}

export interface ServiceStatus {
  readonly running: boolean;
  readonly version?: string;
  readonly port?: number;
}

/** Something the agent keeps running beside the apps, such as the embedded PostgreSQL. */
export interface AgentService {
  readonly name: string;
  /** Starts it if it is not running; resolves when it can be used. Idempotent. */
  ensure(): Promise<void>;
  stop(): Promise<void>;
  status(): Promise<ServiceStatus>;
}

export interface ServiceStatus {
  readonly running: boolean;
  readonly version?: string;
  readonly port?: number;
}

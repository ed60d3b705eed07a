import type { Target } from '../../domain/name.ts';
import type { TargetStatus } from '../engine.ts';
import type { ReportedService } from './services.ts';

export interface ReportedRuntime {
  readonly name: string;
  readonly available: boolean;
  readonly version?: string;
  /** Why it cannot be used here. */
  readonly why?: string;
  readonly caveats: readonly string[];
}

/** What `railiance local status` tells. */
export interface AgentStatus {
  readonly version: string;
  readonly nodeVersion: string;
  readonly pid: number;
  readonly startedAt: string;
  /** Of the router, on 127.0.0.1 and ::1. */
  readonly port: number;
  readonly memoryBytes: number;
  readonly runtimes: readonly ReportedRuntime[];
  readonly services: readonly ReportedService[];
  readonly targets: readonly { readonly target: Target; readonly status: TargetStatus }[];
}

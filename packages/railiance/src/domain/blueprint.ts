import type { RegistrySpec } from './registry.ts';
import type { Stage } from './stage.ts';

export type NodeRole = 'workstation' | 'builder' | 'registry' | 'cluster';

/** The machines, what each is for, and the stages. `config/` makes it from blueprint.toml. */
export interface Blueprint {
  /** Absolute; absent where there is no blueprint.toml and the defaults stand. */
  readonly file?: string;
  readonly title?: string;
  readonly nodes: readonly BlueprintNode[];
  readonly registry?: RegistrySpec;
  /** In order; `local` is always the first. */
  readonly stages: readonly Stage[];
  readonly hub?: HubSpec;
}

/** The console that is told what happens. */
export interface HubSpec {
  /** Without a slash at its end. */
  readonly url: string;
  /** Where its key is kept: `store` (this machine's secret store), `env:NAME` or `file:path`; never the value. */
  readonly key: string;
}

export interface BlueprintNode {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly roles: readonly NodeRole[];
  readonly address?: string;
  readonly platform?: string;
  /** Absent: this machine. */
  readonly ssh?: { readonly host: string; readonly user?: string; readonly port?: number; readonly key?: string };
  readonly resources: { readonly cpus?: number; readonly memoryBytes?: number; readonly diskBytes?: number };
  readonly env: Readonly<Record<string, string>>;
  readonly constraints: readonly Constraint[];
}

/** Something known to go wrong on a node, and how to see whether it is so. */
export interface Constraint {
  readonly name: string;
  readonly impact?: string;
  readonly mitigation?: string;
  readonly check?:
    | { readonly kind: 'file'; readonly path: string; readonly minSizeBytes?: number }
    | { readonly kind: 'memory-free'; readonly bytes: number }
    | { readonly kind: 'port'; readonly port: number }
    | { readonly kind: 'command'; readonly command: readonly string[]; readonly expect?: string };
}

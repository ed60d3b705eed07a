import type { RunSpec, VolumeSpec } from '../../../domain/app.ts';
import type { Digest } from '../../../domain/artifact.ts';

/** What a runtime needs to run one process of an image. Secrets are already in `env`: it never leaves the agent's memory. */
export interface RuntimeSpec {
  /** Unique for ever; names the unpacked root, the container and the log. */
  readonly id: string;
  readonly layoutDir: string;
  readonly manifestDigest: Digest;
  /** Absent: the image's own entry point and command. */
  readonly command?: readonly string[];
  /** Added to the image's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Host folder for each volume; it exists. */
  readonly volumes: readonly (VolumeSpec & { readonly hostPath: string })[];
  readonly resources: RunSpec['resources'];
  /** Where this instance may keep files: the unpacked root, sockets. */
  readonly directory: string;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** For `exec`: raw bytes instead of lines, and standard input. */
  readonly stdin?: NodeJS.ReadableStream;
  readonly onBytes?: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
}

export interface Exit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** True where the kernel says the memory limit was hit. */
  readonly outOfMemory: boolean;
}

export interface RunningProcess {
  /** On the host; the root of the process tree that belongs to this instance. */
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** To the app itself, not to a wrapper around it. */
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP'): Promise<void>;
  /** TCP ports that this instance's processes listen on now, as seen from outside. */
  listeningPorts(): Promise<readonly number[]>;
}

export type Availability =
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly why: string; readonly hint?: string };

/** One way to run an image on this machine. */
export interface Runtime {
  readonly name: 'docker' | 'podman' | 'rootfs' | 'process';
  /** What the person should know each time it is used (no isolation, say). */
  readonly caveats: readonly string[];
  available(): Promise<Availability>;
  /** Limits of `spec` this runtime cannot give on this machine, one line each. */
  cannotGive(resources: RunSpec['resources']): Promise<readonly string[]>;
  /** The process and everything it starts die with the agent, and are found and killed by `reap` if not. */
  start(spec: RuntimeSpec): Promise<RunningProcess>;
  /** Kills and removes whatever an earlier agent left of this instance. Idempotent. */
  reap(id: string, directory: string): Promise<void>;
}

export function defineRuntime(runtime: Runtime): Runtime {
  return runtime;
}

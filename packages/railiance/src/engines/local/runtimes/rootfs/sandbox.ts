import { realpathSync } from 'node:fs';

import type { Child } from '../../../../exec/child.ts';
import type { ImageProcess } from '../imageProcess.ts';
import type { RuntimeSpec } from '../runtime.ts';

/** What one instance is made of, ready on disk. */
export interface SandboxSpec {
  readonly id: string;
  /** Real path; holds `upper`, `work`, `root` and `layers/0…` where layers are stacked, else `copy`. */
  readonly directory: string;
  readonly layers?: readonly string[];
  readonly process: ImageProcess;
  /** Real paths here. */
  readonly volumes: readonly { readonly hostPath: string; readonly path: string }[];
  readonly streams: Pick<RuntimeSpec, 'onLine' | 'onBytes' | 'stdin'>;
  /** Called with each process that is started, before it can start others of its own. */
  readonly confine: (pid: number) => void;
}

/** An app in its own namespaces. */
export interface Sandbox {
  /** Stands for the app: ends as it ends. */
  readonly child: Child;
  /** Of the app itself; undefined where it has ended already. */
  readonly appPid: number | undefined;
  /** Every process of the instance descends from these. */
  readonly processes: readonly number[];
  /** Ends everything in the namespaces. */
  stop(): Promise<void>;
}

/** One way to make namespaces and a root. */
export interface SandboxMaker {
  /** Tools and versions, for people. */
  readonly version: string;
  /** False: each instance needs a copy of the whole image. */
  readonly stacksLayers: boolean;
  start(spec: SandboxSpec): Promise<Sandbox>;
}

/** Why a maker cannot be had here. */
export interface Unavailable {
  readonly why: string;
  readonly hint?: string;
}

/** Of the host, an app may know how names are resolved: path in the image, and the real path here. */
export function hostFiles(): readonly (readonly [string, string])[] {
  return ['/etc/resolv.conf', '/etc/hosts'].flatMap((path) => {
    try {
      return [[path, realpathSync(path)] as const];
    } catch {
      return [];
    }
  });
}

import type { AppSpec } from '../domain/app.ts';
import type { Artifact, Revision } from '../domain/artifact.ts';
import type { Progress } from '../domain/progress.ts';

export interface BuildRequest {
  readonly app: AppSpec;
  readonly revision: Revision;
  /** OCI image layout that receives the blobs and one index entry `<app>:<tag>`. */
  readonly layoutDir: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Makes an artifact from an app's folder. The same tree gives the same config digest on any day, in any folder. */
export interface Builder {
  readonly name: string;
  /** True where this builder fits the folder, for apps whose app.toml names none. */
  detect(directory: string): Promise<boolean>;
  /** @throws Failure naming what is missing or wrong */
  build(request: BuildRequest): Promise<Artifact>;
}

export function defineBuilder(builder: Builder): Builder {
  return builder;
}

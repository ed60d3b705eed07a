/**
 * One app as it is to run on one stage: app.toml with every default and stage override applied.
 * `config/` makes it; everything else reads it. Durations are milliseconds.
 */
export interface AppSpec {
  readonly slug: string;
  readonly name: string;
  readonly kind: string;
  readonly criticality: 'low' | 'medium' | 'high' | 'critical';
  readonly owner?: string;
  readonly description?: string;
  readonly registry?: string;
  /** Folder of app.toml, absolute. */
  readonly directory: string;
  /** app.toml itself, absolute. */
  readonly file: string;
  readonly build: BuildSpec;
  readonly run: RunSpec;
  readonly deploy: DeploySpec;
  readonly database?: DatabaseSpec;
  readonly secrets: SecretsSpec;
  readonly smoke: readonly SmokeSpec[];
  readonly retention: RetentionSpec;
}

export interface RetentionSpec {
  /** Releases of each stage, and newest versions, whose images are kept. */
  readonly keep: number;
  /** Cleans the registry up after each release. */
  readonly registry?: boolean;
}

export interface BuildSpec {
  /** Builder name; absent where app.toml has none: then it is detected from the folder. */
  readonly builder?: string;
  /** The builder's own table, as `config/schema/build.ts` has checked it. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** Nodes of the blueprint that may build it; absent: any. */
  readonly nodes?: readonly string[];
}

export interface RunSpec {
  /** The port the app would like; the engine gives the real one in $PORT. */
  readonly port: number;
  /** Absent: the image's own entry point and command. */
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absent: TCP, then GET / below 500. */
  readonly health?: { readonly path: string };
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly replicas: number;
  readonly resources: { readonly memoryBytes?: number; readonly cpus?: number };
  readonly volumes: readonly VolumeSpec[];
  /** `docker`, `podman`, `rootfs` or `process`; absent: the first that works. */
  readonly runtime?: string;
}

export interface VolumeSpec {
  readonly name: string;
  /** Absolute path inside the image. */
  readonly path: string;
  /** Of a claim on a cluster. */
  readonly sizeBytes?: number;
  /** What the image has at that path is copied there while it is empty; on a cluster. */
  readonly fill?: boolean;
}

export interface DeploySpec {
  readonly chart?: string;
  readonly namespace?: string;
  readonly host?: string;
  readonly values: readonly string[];
  /** Of what is in those files; absent without any. */
  readonly valuesDigest?: string;
  /** A person's yes is needed before this stage is changed; absent: as the criticality and the stage say. */
  readonly approval?: boolean;
  /** How long a new release is watched before it counts as verified. */
  readonly observeMs?: number;
}

export interface DatabaseSpec {
  readonly name: string;
  readonly user: string;
  /** Command inside the image, run before the switch. */
  readonly migrate?: readonly string[];
  readonly migrateTimeoutMs: number;
  readonly scope: 'stage' | 'shared';
}

export interface SecretsSpec {
  /** SOPS file, relative to the app's folder. */
  readonly file?: string;
  readonly required: readonly string[];
  /** Names whose values railiance makes up once for each stage (32 random bytes, base64url). */
  readonly generate: readonly string[];
}

export interface SmokeSpec {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Fields of a form, in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
  /** Paths asked afterwards with the cookies of the answer; each must answer 200. */
  readonly visit?: readonly string[];
  readonly expect: {
    readonly status?: number;
    /** Text the body must contain, or a pattern written `/…/`. */
    readonly body?: string;
    /** Header name → text it must contain, or a pattern written `/…/`. */
    readonly header: Readonly<Record<string, string>>;
    /** Longest time one answer may take. */
    readonly withinMs: number;
  };
  /** Passes in a row that are needed. */
  readonly passes: number;
}

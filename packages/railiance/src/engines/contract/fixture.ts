import { randomBytes } from 'node:crypto';

import type { RunSpec } from '../../domain/app.ts';
import type { Artifact } from '../../domain/artifact.ts';
import { Failure } from '../../domain/failure.ts';
import { type Target, target } from '../../domain/name.ts';
import { type ProgressEvent, silent } from '../../domain/progress.ts';
import { Secret, type Secrets } from '../../domain/secret.ts';
import type { Engine, EngineContext, InstanceSpec, Route, TaskSpec } from '../engine.ts';

/** An engine under test, and what the suite needs around it. */
export interface EngineFixture {
  readonly engine: Engine;
  /** An app with the routes, commands and faults of `testing/sampleApp.ts`. */
  readonly artifact: Artifact;
  readonly layoutDir: string;
  /** Where the engine pulls the artifact from; engines of this machine take it from the layout. */
  readonly image?: string;
  /** True where every app gets the port it asks for, so that none can miss it by listening there. */
  readonly givesWantedPort?: true;
  /** Runs the sample app's command of this name inside the image. */
  readonly command: (name: 'say' | 'fail' | 'hang' | 'echo') => readonly string[];
  putSecrets(target: Target, values: Secrets): Promise<string>;
  /** Id of the instance that answers there; undefined where none does. */
  instanceAt(route: Route): Promise<string | undefined>;
  /** Has the app behind the route write a line. */
  say(route: Route, line: string): Promise<void>;
}

export const secretValue = 'correct-horse-battery';

/** One app on one stage of its own, so that tests do not meet. */
export interface Scene extends EngineFixture {
  readonly target: Target;
  spec(id: string, env?: Readonly<Record<string, string>>, run?: Partial<RunSpec>): InstanceSpec;
  task(id: string, command: readonly string[], timeoutMs?: number): TaskSpec;
  context(fencing?: number, signal?: AbortSignal, seen?: ProgressEvent[]): EngineContext;
  /** Starts and activates. */
  serve(id: string, env?: Readonly<Record<string, string>>): Promise<void>;
}

const plainRun: RunSpec = {
  port: 8000,
  env: {},
  startTimeoutMs: 20_000,
  stopTimeoutMs: 5_000,
  replicas: 1,
  resources: {},
  volumes: [],
};

export async function setScene(fixture: EngineFixture): Promise<Scene> {
  const { engine, artifact, layoutDir } = fixture;
  const image = fixture.image === undefined ? {} : { image: fixture.image };
  const here = target(`app-${randomBytes(4).toString('hex')}`, 'canary');
  const secretsVersion = await fixture.putSecrets(here, { KEY: new Secret(secretValue) });
  const scene: Scene = {
    ...fixture,
    target: here,
    spec: (id, env = {}, run = {}) => ({
      ...{ ...here, id: `${here.app}-${id}`, artifact, layoutDir, secretsVersion, ...image },
      run: { ...plainRun, ...run, env },
      labels: { tag: artifact.revision.tag },
    }),
    task: (id, command, timeoutMs = 20_000) => ({
      ...{ ...here, id: `${here.app}-${id}`, artifact, layoutDir, secretsVersion, ...image, command, timeoutMs },
      run: plainRun,
    }),
    context: (fencing = 1, signal = new AbortController().signal, seen) => ({
      ...{ fencing, signal },
      progress: seen ? (event) => void seen.push(event) : silent,
    }),
    serve: async (id, env) => {
      const spec = scene.spec(id, env);
      await engine.start(spec, scene.context());
      await engine.activate(here, spec.id, scene.context());
    },
  };
  return scene;
}

/** For `assert.rejects`: refused because of a newer lease. */
export function isTakenOver(error: unknown): boolean {
  return error instanceof Failure && error.exitCode === 3;
}

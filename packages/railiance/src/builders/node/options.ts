import { exitCodes, Failure } from '../../domain/failure.ts';
import { nearest } from '../../domain/nearest.ts';

/** `[build.node]` of app.toml. */
export interface NodeOptions {
  /** npm script to run before, for apps that compile. */
  readonly script?: string;
  /** What may be in the image, in the form of .gitignore; everything unless given. */
  readonly include: readonly string[];
  /** What is left out beside the built-in list; `!pattern` takes something back in. */
  readonly exclude: readonly string[];
  /** Optional packages to leave out. */
  readonly omit: readonly string[];
}

const action = 'read [build.node]';

const readers = { script: text, include: texts, exclude: texts, omit: texts } as const;

/** @throws Failure (invalid input) naming the option that is wrong */
export function readNodeOptions(options: Readonly<Record<string, unknown>>): NodeOptions {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(readers, name)) continue;
    const near = nearest(name, Object.keys(readers));
    throw refusal(
      `there is no option ${JSON.stringify(name)}`,
      near === undefined ? `there are ${Object.keys(readers).join(', ')}` : `did you mean ${near}?`,
    );
  }
  const script = readers.script('script', options.script);
  return {
    ...(script === undefined ? {} : { script }),
    include: readers.include('include', options.include),
    exclude: readers.exclude('exclude', options.exclude),
    omit: readers.omit('omit', options.omit),
  };
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  // The name becomes an argument of npm.
  if (typeof value === 'string' && /^[a-zA-Z0-9][\w:.-]*$/.test(value)) return value;
  throw refusal(`${name} is not the name of an npm script`);
}

function texts(name: string, value: unknown = []): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) return value;
  throw refusal(`${name} is not a list of texts`);
}

function refusal(problem: string, hint?: string): Failure {
  return new Failure(action, problem, { ...(hint === undefined ? {} : { hint }), exitCode: exitCodes.invalidInput });
}

import { readFile } from 'node:fs/promises';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { replaceDurably } from '../../../files/durableFile.ts';
import type { InstanceSpec } from '../../engine.ts';

const schema = 'railiance.agent-state.v1';

/** What is wanted of one app on one stage, as it must survive the agent. */
export interface TargetState {
  readonly app: string;
  readonly stage: string;
  /** Highest fencing number seen. */
  readonly fencing: number;
  /** The instance that the route leads to; it is started again with the agent. */
  readonly active?: InstanceSpec;
}

export interface AgentState {
  readonly schema: typeof schema;
  /** Port of the router, kept so that URLs stay the same. */
  readonly port?: number;
  /** Services that were asked for, by name. */
  readonly services: readonly string[];
  readonly targets: readonly TargetState[];
}

/** The agent's desired state: in memory, and on disk before anyone is told. */
export interface AgentStateFile {
  readonly current: AgentState;
  /** Resolves when the change is on disk; one that cannot be written has not happened. In the order of the calls. */
  change(edit: (state: AgentState) => AgentState): Promise<void>;
}

/** @throws Failure (exit code 5) where the file is there but cannot be read: guessing would stop what serves */
export async function openAgentState(path: string): Promise<AgentStateFile> {
  let current = await read(path);
  let written: Promise<void> = Promise.resolve();
  return {
    get current() {
      return current;
    },
    change: (edit) => {
      const change = written.then(async () => {
        const next = edit(current);
        if (next === current) return;
        await replaceDurably(path, `${JSON.stringify(next, null, 2)}\n`);
        current = next;
      });
      written = change.catch(() => {});
      return change;
    },
  };
}

export function targetStateOf(state: AgentState, app: string, stage: string): TargetState | undefined {
  return state.targets.find((target) => target.app === app && target.stage === stage);
}

export function withTarget(state: AgentState, target: TargetState): AgentState {
  const others = state.targets.filter(({ app, stage }) => app !== target.app || stage !== target.stage);
  return { ...state, targets: [...others, target] };
}

async function read(path: string): Promise<AgentState> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { schema, services: [], targets: [] };
    throw error;
  }
  try {
    const state = JSON.parse(text) as AgentState;
    if (state.schema === schema && Array.isArray(state.targets) && Array.isArray(state.services)) return state;
    throw new Error(`its schema is not ${schema}`);
  } catch (error) {
    throw new Failure('read the agent’s state', `${path} is damaged or from another version`, {
      hint: `move ${path} away and deploy again; releases and volumes are kept elsewhere`,
      exitCode: exitCodes.needsPerson,
      cause: error,
    });
  }
}

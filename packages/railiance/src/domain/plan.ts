import type { LiveObjects } from './objectChange.ts';

/** One unit of a plan, with its inputs. Inputs are JSON, hold no secret, and say all that the step needs to know. */
export interface PlannedStep {
  /** Unique in the plan; the journal and `--plan` name steps by it. */
  readonly id: string;
  /** Which step definition runs it. */
  readonly uses: string;
  readonly title: string;
  readonly changes: boolean;
  readonly input: Readonly<Record<string, unknown>>;
}

export const planSchema = 'railiance.plan.v1';

/** The ordered steps a command will take. Made by a pure function; printed by `--plan`, saved by `--out`. */
export interface Plan {
  readonly schema: typeof planSchema;
  readonly command: 'run' | 'deploy' | 'promote' | 'rollback' | 'restart';
  readonly app: string;
  readonly stage: string;
  readonly steps: readonly PlannedStep[];
  /** Step after whose success a run that was cut off is completed; before it, undone. Absent: always undone. */
  readonly commitsAt?: string;
  /** Steps that look, once something was undone, whether what was there before serves. Absent: nothing has to serve. */
  readonly afterUndo?: readonly PlannedStep[];
  /** Of the cluster, where the stage is one and somebody is to read the plan. */
  readonly objects?: LiveObjects;
  /** Facts a person should know before saying yes. */
  readonly notes: readonly string[];
}

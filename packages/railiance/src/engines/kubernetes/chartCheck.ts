import type { RunSpec } from '../../domain/app.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { Secret } from '../../domain/secret.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import type { Placed } from '../engine.ts';
import type { Cluster } from './cluster.ts';
import { placedState } from './instances/entry.ts';
import { ownValues } from './instances/ownValues.ts';
import { readRendered } from './ownChart/rendered.ts';
import { renderOwnChart, withOwnChart } from './ownChart/rendering.ts';
import type { TargetState } from './state/targetState.ts';

type Answer = Omit<CheckResult, 'name' | 'durationMs'>;

/** Stands for the image of any release: of the chart it is asked what it makes of an image, and not of which. */
const tag = 'gate';
const image = `registry.example/app:${tag}@sha256:${'0'.repeat(64)}`;
/** So that what a chart makes only of an app with secrets is rendered too; nothing of it is put anywhere. */
const someSecret = { GATE: new Secret('') };

/** Does what app.toml names of charts and values come to something that can be put on the cluster? */
export async function checkChart(
  cluster: Cluster,
  run: RunSpec,
  placed: Placed,
  before: TargetState | undefined,
): Promise<Answer> {
  try {
    const { chart, values } = placed.deploy;
    if (chart !== undefined) return await ownChartAnswer(cluster, run, { placed, before }, chart);
    await ownValues(placed.deploy);
    return { verdict: 'pass', summary: `${values.join(', ')} can be read` };
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === exitCodes.dependencyMissing) throw error;
    return { verdict: 'fail', summary: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
  }
}

async function ownChartAnswer(
  cluster: Cluster,
  run: RunSpec,
  { placed, before }: { readonly placed: Placed; readonly before: TargetState | undefined },
  name: string,
): Promise<Answer> {
  const { app, stage, deploy } = placed;
  const state = placedState({ app, stage }, deploy, before, cluster);
  const spec = { app, stage, deploy, run, image, id: tag, secretsVersion: '0'.repeat(64) };
  return await withOwnChart(cluster, spec, state, someSecret, async (chart) => {
    const { workload } = readRendered(name, await renderOwnChart(cluster, state, chart, name), { image, tag });
    const revision = chart.revision === undefined ? '' : ` at ${chart.revision}`;
    return { verdict: 'pass', summary: `${name}${revision} runs the image in its Deployment ${workload}` };
  });
}

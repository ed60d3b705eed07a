import { cdEvent, deployRun } from './events.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

function digestOf(n: number): string {
  return `sha256:${n.toString(16).padStart(64, '3f9c')}`;
}

/** Two weeks of a small team's events, ending at `now`: deploys, promotions, failures, a rollback, an incident. */
export function sampleEvents(now: Date): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  const apps = ['inter-hub', 'probe', 'billing', 'docs-site'];
  let run = 0;
  for (let day = 14; day >= 0; day -= 1) {
    for (const [index, hub] of apps.entries()) {
      if ((day + index) % (index + 1) !== 0) continue;
      const at = new Date(now.getTime() - day * dayMs - (index + 2) * hourMs);
      const digest = digestOf(run + 1);
      const tag = (0xa1b2c3 + run * 7919).toString(16).padStart(7, '0').slice(0, 7);
      const fails = hub === 'billing' && day % 4 === 1;
      const common = { hub, tag, digest, commitAt: new Date(at.getTime() - (1 + index) * hourMs) };
      run += 1;
      events.push(...deployRun({ ...common, stage: 'staging', runId: `run-${run}`, ok: true, at }));
      if (hub === 'docs-site' && day < 3) continue;
      const cause = `GET /healthz answered 503 after ${30 + day} s: connection to database refused`;
      const promoted = new Date(at.getTime() + hourMs);
      events.push(
        ...deployRun({
          ...common,
          stage: 'production',
          runId: `run-${run}p`,
          command: 'promote',
          ok: !fails,
          cause,
          at: promoted,
        }),
      );
    }
  }
  return [...events, ...trouble(now)];
}

function trouble(now: Date): Record<string, unknown>[] {
  const before = (hours: number) => new Date(now.getTime() - hours * hourMs).toISOString();
  const probe = { hub: 'probe', stage: 'production', author: 'ada@example.org' };
  const incident = { ...probe, subjectId: 'incident-7' };
  const description = 'Orders page slow: 95th percentile above 2 s';
  const gate = { testSuite: { name: 'gate' }, outcome: 'fail', reason: 'registry.local:5000 does not answer' };
  const running = { hub: 'billing', stage: 'staging', runid: 'run-now', author: 'lin@example.org' };
  const smoke = (outcome: string, hours: number) =>
    cdEvent('testsuiterun.finished', {
      hub: 'billing',
      stage: 'staging',
      time: before(hours),
      content: { testSuite: { name: 'smoke' }, outcome },
      customData: { digest: digestOf(901) },
    });
  return [
    cdEvent('incident.detected', { ...incident, time: before(9), content: { description } }),
    cdEvent('service.rolledback', {
      ...probe,
      time: before(8.5),
      content: {},
      customData: { tag: 'a1b2c3', digest: digestOf(1), kind: 'rollback' },
    }),
    cdEvent('incident.resolved', {
      ...incident,
      time: before(8),
      content: { description },
      customData: {
        cause: 'missing index on orders.customer_id',
        lesson: 'Explain the slowest query before each release',
      },
    }),
    cdEvent('testsuiterun.finished', { hub: 'docs-site', stage: 'production', time: before(5), content: gate }),
    smoke('pass', 4),
    smoke('fail', 3.9),
    smoke('pass', 3.8),
    cdEvent('pipelinerun.started', {
      ...running,
      subjectId: 'run-now',
      time: before(0.05),
      content: { pipelineName: 'deploy' },
      customData: { command: 'deploy' },
    }),
    cdEvent('taskrun.started', {
      ...running,
      time: before(0.03),
      subjectId: 'run-now/build',
      content: { taskName: 'build', pipelineRun: { id: 'run-now' } },
    }),
  ];
}

export const sampleApprovals = [
  {
    hub: 'docs-site',
    stage: 'production',
    digest: digestOf(41),
    tag: 'c0ffee1',
    requested_by: 'lin@example.org',
    reason: 'New search, checked on staging since yesterday',
  },
  {
    hub: 'billing',
    stage: 'production',
    digest: digestOf(42),
    tag: 'bada551',
    requested_by: 'ada@example.org',
    reason: 'Mends the failing database connection',
  },
] as const;

export const sampleDecision = {
  hub: 'billing',
  title: 'Keep two releases of the old invoices side by side until March',
  rationale: 'Auditors read the old ones; they cost one volume.',
} as const;

export const sampleProposal = {
  hub: 'billing',
  kind: 'candidate',
  title: 'Wait for the database before the first health check',
  body: 'Three failed promotions in two weeks name the same refused connection, each within 40 s of the start.',
  model: 'small-1',
} as const;

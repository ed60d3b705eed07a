/** The twelve phases of the Interaction Hub Framework, in order; each has one dashboard. */
export interface Phase {
  readonly number: number;
  readonly slug: string;
  readonly title: string;
  /** One sentence: what the dashboard answers. */
  readonly summary: string;
  /** Key after `g` that leads there. */
  readonly key?: string;
}

export const phases: readonly Phase[] = [
  {
    number: 1,
    slug: 'interactions',
    title: 'Interactions',
    key: 'i',
    summary: 'What people, agents and pipelines did to each widget, as it happens.',
  },
  {
    number: 2,
    slug: 'triage',
    title: 'Triage',
    key: 't',
    summary: 'Failures and annotations in clusters, by weight and age, waiting for someone to take them.',
  },
  {
    number: 3,
    slug: 'governance',
    title: 'Governance',
    key: 'v',
    summary: 'Decisions and approvals: who said yes to which digest, and what still waits.',
  },
  {
    number: 4,
    slug: 'deployments',
    title: 'Deployments and outcomes',
    key: 'd',
    summary: 'What runs on which stage, how each run went, and the four delivery measures.',
  },
  {
    number: 5,
    slug: 'agent-audit',
    title: 'Agent audit',
    summary: 'What agents proposed, and the verdict a person gave.',
  },
  {
    number: 6,
    slug: 'adapters',
    title: 'Adapters',
    summary: 'The clients, engines and builders that report in, with versions and rejects.',
  },
  {
    number: 7,
    slug: 'operations',
    title: 'Operations review',
    key: 'o',
    summary: 'Health of every hub, friction, bottlenecks and flaky checks, failing first.',
  },
  {
    number: 8,
    slug: 'federation',
    title: 'Federation',
    summary: 'Hubs, their routes and stewards, and how far decisions cover them.',
  },
  {
    number: 9,
    slug: 'api',
    title: 'API',
    key: 'p',
    summary: 'Consumers, keys, requests and errors by route over the last day.',
  },
  {
    number: 10,
    slug: 'registry',
    title: 'Registry',
    summary: 'Hubs and their capability manifests, ready to be reused.',
  },
  {
    number: 11,
    slug: 'ai-federation',
    title: 'AI federation',
    summary: 'Agents, the models they may use, their budgets and spend.',
  },
  {
    number: 12,
    slug: 'learning',
    title: 'Learning',
    summary: 'Outcomes against expectations, recurring causes, and what was learned.',
  },
];

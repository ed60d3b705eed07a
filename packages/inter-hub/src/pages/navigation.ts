import { phases } from '../dashboards/phases.ts';

export interface Place {
  readonly href: string;
  readonly title: string;
  /** Key after `g`. */
  readonly key?: string;
  /** Name of a count of things that wait, shown beside it. */
  readonly count?: 'approvals' | 'candidates';
}

function dashboard(number: number, title?: string): Place {
  const phase = phases[number - 1];
  if (!phase) throw new Error(`there is no phase ${number}`);
  return { href: `/${phase.slug}`, title: title ?? phase.title, ...(phase.key && { key: phase.key }) };
}

/** Where one can go, in the order of a day: what happens, what waits, what was, and the frame around it. */
export const navigation: readonly { readonly title: string; readonly places: readonly Place[] }[] = [
  {
    title: 'Now',
    places: [
      dashboard(4, 'Deployments'),
      dashboard(7, 'Operations review'),
      dashboard(1),
      { ...dashboard(2), count: 'candidates' },
      { href: '/approvals', title: 'Approvals', key: 'a', count: 'approvals' },
    ],
  },
  {
    title: 'Record',
    places: [
      { href: '/releases', title: 'Releases', key: 'r' },
      { href: '/workplans', title: 'Workplans', key: 'w' },
      dashboard(3),
      { href: '/lineage', title: 'Lineage', key: 'l' },
      dashboard(12),
    ],
  },
  {
    title: 'Framework',
    places: [dashboard(5), dashboard(6), dashboard(8), dashboard(9), dashboard(10), dashboard(11)],
  },
  {
    title: 'Hub',
    places: [
      { href: '/search', title: 'Search' },
      { href: '/settings', title: 'Settings', key: 's' },
    ],
  },
];

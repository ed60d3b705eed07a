import { type Measure, type Measures, rate } from '../measures/delivery.ts';
import { type Html, html } from '../ui/html.ts';
import { figures } from '../ui/panel.ts';
import { count, duration, percent } from '../ui/text.ts';

type Name = keyof Measures;

const names: readonly [Name, string, (value: number) => string, 'up' | 'down'][] = [
  ['frequency', 'Deployments a day, median', (value) => count(value), 'up'],
  ['leadTime', 'Lead time, median', (value) => duration(value), 'down'],
  ['failureRate', 'Change failure rate', (value) => percent(value), 'down'],
  ['timeToRestore', 'Time to restore, median', (value) => duration(value), 'down'],
];

/** The four measures with how many each is made of, what they were before, and a rating where there are enough. */
export function deliveryFigures(now: Measures, before: Measures, days: number): Html {
  return figures(
    'delivery',
    names.map(([name, label, write, better]) => ({
      label,
      value: now[name].value === null ? '–' : write(now[name].value),
      note: html`n = ${now[name].n}${rating(name, now[name])}<br>${trend(now[name], before[name], write, better, days)}`,
    })),
  );
}

function rating(name: Name, measure: Measure): string {
  const level = rate(name, measure);
  return level === undefined ? ', too few to rate' : `, ${level}`;
}

function trend(
  now: Measure,
  before: Measure,
  write: (value: number) => string,
  better: 'up' | 'down',
  days: number,
): string {
  if (now.value === null || before.value === null) return `nothing to compare in the ${days} days before`;
  if (now.value === before.value) return `as in the ${days} days before`;
  const improved = now.value > before.value === (better === 'up');
  return `${improved ? 'better' : 'worse'} than ${write(before.value)} before (n = ${before.n})`;
}

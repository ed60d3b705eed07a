import { raw } from 'hono/html';
import { type Html, html } from './html.ts';

export interface Series {
  readonly name: string;
  /** Custom property of the colour: `accent`, `danger`. */
  readonly color: string;
  readonly values: readonly number[];
}

export interface Chart {
  readonly kind: 'bar' | 'line';
  /** What it shows and says, for who does not see it. */
  readonly label: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  readonly unit?: string;
}

/** Drawn twice, so that its words are of a readable size on a desk and on a phone. */
const sizes = [
  { name: 'for-desk', widthPx: 1000, heightPx: 210 },
  { name: 'for-phone', widthPx: 360, heightPx: 190 },
] as const;

/** Loaded with the first chart: a hub that only takes events does without it. */
let library: Promise<typeof import('./chartLibrary.ts')> | undefined;

/** A chart drawn on the server, with its numbers as a table below. */
export async function chart(drawn: Chart): Promise<Html> {
  library ??= import('./chartLibrary.ts');
  const { init } = await library;
  const pictures = sizes.map(({ name, widthPx, heightPx }) => {
    const canvas = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height: heightPx });
    canvas.setOption(options(drawn));
    const svg = plain(canvas.renderToSVGString());
    canvas.dispose();
    return svg.replace('<svg', `<svg class="${name}"`).replaceAll(/\b(id="|url\(#)zr/g, `$1${name}-zr`);
  });
  return html`<div class="chart"><figure role="img" aria-label="${drawn.label}">${raw(pictures.join(''))}</figure>
<ul class="legend">${drawn.series.map(({ name, color }) => html`<li class="key-${color}">${name}</li>`)}</ul>
<details><summary>Show as a table</summary>${numbers(drawn)}</details></div>`;
}

function options({ kind, categories, series, unit }: Chart): Record<string, unknown> {
  const label = { color: 'var(--muted)', fontSize: 12 };
  return {
    animation: false,
    grid: { left: 0, right: 4, top: 10, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: categories,
      axisLabel: { ...label, hideOverlap: true },
      axisLine: { lineStyle: { color: 'var(--line-strong)' } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      minInterval: unit === undefined ? 1 : 0,
      splitNumber: 3,
      axisLabel: { ...label, formatter: unit === undefined ? '{value}' : `{value} ${unit}` },
      splitLine: { lineStyle: { color: 'var(--line)' } },
    },
    series: series.map(({ values, color }) => ({
      type: kind,
      data: values,
      silent: true,
      ...(kind === 'bar' && { stack: 'all', barCategoryGap: '22%' }),
      ...(kind === 'line' && {
        showSymbol: values.length < 32,
        symbolSize: 5,
        lineStyle: { color: `var(--${color})`, width: 2 },
      }),
      itemStyle: { color: `var(--${color})` },
    })),
  };
}

/** The page's policy forbids styles inside markup: what the library writes as style becomes attributes. */
function plain(svg: string): string {
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ style="font-size:(\d+)px;font-family:[^"]*"/g, ' font-size="$1"')
    .replaceAll(/ (class|style|ecmeta_\w+|baseProfile|version|xmlns:xlink)="[^"]*"/g, '')
    .replace(/<svg width="\d+" height="\d+"/, '<svg aria-hidden="true" focusable="false"');
}

function numbers({ label, categories, series }: Chart): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}, as a table"><table class="data">
<caption class="visually-hidden">${label}</caption>
<thead><tr><th scope="col">When</th>${series.map(({ name }) => html`<th scope="col" class="end">${name}</th>`)}</tr></thead>
<tbody>${categories.map((category, index) => html`<tr><th scope="row">${category}</th>${series.map(({ values }) => html`<td class="end">${values[index] ?? 0}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

import { formatDuration, formatSize } from './format.ts';
import { bold, cyan, dim, green, pad, red, type Text, truncate, widthOf, yellow } from './text.ts';

export type FinalState = 'done' | 'failed' | 'skipped' | 'undone';

export interface Step {
  readonly id: string;
  readonly title: string;
  readonly state: 'pending' | 'running' | FinalState;
  readonly startedMs?: number;
  readonly durationMs?: number;
  /** One line: what it is doing now, or what was observed in the end. */
  readonly detail?: Text;
  readonly bytes?: { readonly done: number; readonly total?: number };
  /** Last lines of what it runs. */
  readonly tail: readonly Text[];
}

export interface Picture {
  readonly nowMs: number;
  readonly width: number;
  readonly unicode: boolean;
}

const widest = 110;
const spinner = { true: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], false: [...'|/-\\'] } as const;
export const spinnerMs = 80;

/** The mark of a step, one column wide. */
export function markOf(state: Step['state'], { unicode, nowMs }: Pick<Picture, 'unicode' | 'nowMs'>): Text {
  const frames = spinner[`${unicode}`];
  switch (state) {
    case 'pending':
      return dim(unicode ? '○' : '.');
    case 'running':
      return cyan(frames[Math.floor(nowMs / spinnerMs) % frames.length] ?? '*');
    case 'done':
      return green(unicode ? '✓' : '+');
    case 'failed':
      return red(unicode ? '✗' : 'x');
    case 'skipped':
      return dim(unicode ? '–' : '-');
    case 'undone':
      return yellow(unicode ? '↩' : '<');
  }
}

/** Lines of a list of steps: mark, title, detail, time, with the last log lines below a step that runs. */
export function stepLines(steps: readonly Step[], picture: Picture): Text[] {
  const width = Math.min(picture.width, widest);
  const titleWidth = Math.min(Math.max(0, ...steps.map((step) => widthOf(step.title))), Math.floor(width / 2));
  return steps.flatMap((step) => [
    stepLine(step, titleWidth, width, picture),
    ...step.tail.map((line): Text => truncate(dim(['      ', line]), width)),
  ]);
}

function stepLine(step: Step, titleWidth: number, width: number, picture: Picture): Text {
  const time = timeOf(step, picture.nowMs);
  const title = pad(truncate(titleOf(step), titleWidth), titleWidth);
  const start: Text = ['  ', markOf(step.state, picture), ' ', title];
  const room = width - widthOf(start) - widthOf(time) - 4;
  if (room < 8) return [truncate(start, width - widthOf(time) - 2), time === '' ? '' : ['  ', dim(time)]];
  const detail = truncate(detailOf(step), room);
  return [start, '  ', time === '' ? detail : [pad(detail, room), '  ', dim(time)]];
}

function titleOf(step: Step): Text {
  if (step.state === 'running') return bold(step.title);
  return step.state === 'pending' || step.state === 'skipped' ? dim(step.title) : step.title;
}

/** What a step does now or what was seen, in one line. */
export function detailOf(step: Step): Text {
  const detail = step.detail ?? '';
  if (step.state === 'failed') return red(detail);
  if (step.state !== 'running') return dim(detail);
  return dim([detail, step.bytes ? ` ${bytesOf(step.bytes)}` : '']);
}

function bytesOf({ done, total }: NonNullable<Step['bytes']>): string {
  if (total === undefined || total === 0) return formatSize(done);
  return `${formatSize(done)} of ${formatSize(total)} (${Math.floor((100 * done) / total)} %)`;
}

/** Whole seconds while it runs, so that the picture stays calm; exact at the end. */
function timeOf(step: Step, nowMs: number): string {
  if (step.durationMs !== undefined) return formatDuration(step.durationMs);
  if (step.state !== 'running' || step.startedMs === undefined) return '';
  const seconds = Math.floor((nowMs - step.startedMs) / 1000);
  return seconds < 1 ? '' : formatDuration(seconds * 1000).replace('.0 s', ' s');
}

import type { ProgressEvent } from '../../domain/progress.ts';
import { formatDuration } from './format.ts';
import { detailOf, type FinalState, markOf, type Step, spinnerMs, stepLines } from './stepList.ts';
import { dim, plain, type Text } from './text.ts';

/** Shows the steps of one run while they happen. Step ids that were not planned are added when they start. */
export interface RunView {
  /** Steps known beforehand, shown as pending. */
  plan(steps: readonly { readonly id: string; readonly title: string }[]): void;
  start(id: string, title?: string): void;
  /** What a running step tells. */
  progress(id: string, event: ProgressEvent): void;
  /** One line: what was observed. May be called again for a step that is undone later. */
  finish(id: string, state: FinalState, observed: Text): void;
  /** Leaves the last picture on the screen. Idempotent. */
  close(): void;
}

/** The part of the printer that a view draws with. */
export interface Canvas {
  readonly live: boolean;
  readonly unicode: boolean;
  /** Print the lines of what steps run, too. */
  readonly verbose: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** Removes the values of secrets; asked before anything is cut to length. */
  clean(text: Text): Text;
  /** Replaces the live picture. */
  draw(lines: readonly Text[]): void;
  /** Lets the live picture stand. */
  release(): void;
  /** One permanent line. */
  print(line: Text): void;
}

const tailLines = 3;
const heartbeatMs = 30_000;
const quietMs = 2_000;

/** Without a terminal: one line a finished step, and a sign of life from the ones that take long. */
function plainView(canvas: Canvas, steps: Map<string, Step>): (changed?: Step) => void {
  const spoken = new Map<string, number>();
  return (changed) => {
    const nowMs = performance.now();
    const picture = { nowMs, unicode: canvas.unicode };
    if (changed && changed.state !== 'running' && changed.state !== 'pending') {
      const time = changed.durationMs === undefined ? '' : ` (${formatDuration(changed.durationMs)})`;
      const detail = detailOf(changed);
      canvas.print([
        markOf(changed.state, picture),
        ' ',
        changed.title,
        plain(detail) === '' ? '' : [': ', detail],
        dim(time),
      ]);
      return;
    }
    for (const step of steps.values()) {
      if (step.state !== 'running' || step.startedMs === undefined) continue;
      const due = spoken.has(step.id) ? (spoken.get(step.id) ?? 0) + heartbeatMs : step.startedMs + quietMs;
      if (nowMs < due) continue;
      spoken.set(step.id, nowMs);
      const detail = detailOf(step);
      const elapsed = formatDuration(Math.floor((nowMs - step.startedMs) / 1000) * 1000).replace('.0 s', ' s');
      canvas.print(dim(['… ', step.title, plain(detail) === '' ? '' : [': ', detail], ` (${elapsed})`]));
    }
  };
}

/** On a terminal: the whole list, drawn again as it changes; what no longer fits the screen scrolls away for good. */
function liveView(canvas: Canvas, steps: Map<string, Step>): () => void {
  const gone = new Set<string>();
  return () => {
    const { columns, rows } = canvas.size();
    const picture = { nowMs: performance.now(), width: columns - 1, unicode: canvas.unicode };
    const visible = () => [...steps.values()].filter((step) => !gone.has(step.id));
    let lines = stepLines(visible(), picture);
    while (lines.length > rows - 2) {
      const oldest = visible().find((step) => step.state !== 'running' && step.state !== 'pending');
      if (!oldest) {
        lines = lines.slice(0, Math.max(1, rows - 2));
        break;
      }
      const [first = ''] = lines;
      gone.add(oldest.id);
      canvas.print(first);
      lines = stepLines(visible(), picture);
    }
    canvas.draw(lines);
  };
}

export function createRunView(canvas: Canvas): RunView {
  const steps = new Map<string, Step>();
  const refresh = canvas.live ? liveView(canvas, steps) : plainView(canvas, steps);
  const timer = setInterval(() => refresh(), canvas.live ? spinnerMs : 1000);
  timer.unref();
  const update = (id: string, change: Partial<Step>): Step => {
    const step = { ...(steps.get(id) ?? { id, title: id, state: 'pending', tail: [] }), ...change };
    steps.set(id, step);
    return step;
  };
  return {
    plan(planned) {
      for (const { id, title } of planned) update(id, { title });
      refresh();
    },
    start(id, title) {
      const { durationMs: _, bytes: __, ...step } = update(id, title === undefined ? {} : { title });
      steps.set(id, { ...step, state: 'running', startedMs: performance.now() });
      refresh();
    },
    progress(id, event) {
      if (event.kind === 'note') update(id, { detail: canvas.clean(event.text) });
      if (event.kind === 'bytes') {
        const { text, done, total } = event;
        update(id, { detail: canvas.clean(text), bytes: total === undefined ? { done } : { done, total } });
      }
      if (event.kind === 'log') {
        const line = canvas.clean([event.source, canvas.unicode ? ' │ ' : ' | ', event.line]);
        if (canvas.verbose) canvas.print(dim(line));
        else if (canvas.live) update(id, { tail: [...(steps.get(id)?.tail ?? []), line].slice(-tailLines) });
      }
    },
    finish(id, state, observed) {
      const before = steps.get(id);
      const durationMs = before?.durationMs ?? (before?.startedMs && performance.now() - before.startedMs);
      refresh(
        update(id, {
          state,
          detail: canvas.clean(observed),
          tail: [],
          ...(durationMs === undefined ? {} : { durationMs }),
        }),
      );
    },
    close() {
      clearInterval(timer);
      if (canvas.live) refresh();
      canvas.release();
    },
  };
}

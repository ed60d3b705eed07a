import type { LogLine } from '../../engine.ts';

/** One line of a log file: time, stream, text. Text holds no line feed. */
export function formatLine({ at, stream, line }: LogLine): string {
  return `${at} ${stream} ${line.replaceAll('\n', '␊')}\n`;
}

/** Nothing for a line that was cut off by a crash while it was written. */
export function parseLine(text: string, instance: string): LogLine[] {
  const found = /^(\S+) (stdout|stderr) ([^\n]*)\n$/.exec(text);
  if (!found) return [];
  const [, at = '', stream, line = ''] = found;
  return [{ at, instance, stream: stream === 'stderr' ? 'stderr' : 'stdout', line }];
}

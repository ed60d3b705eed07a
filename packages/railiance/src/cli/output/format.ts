/** `45 ms`, `1.2 s`, `2 min 5 s`, `3 h 20 min`, `4 d 2 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return '0 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  return minutes < 1440 ? pair(minutes, 60, 'h', 'min') : pair(Math.round(minutes / 60), 24, 'd', 'h');
}

function pair(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  return `${Math.floor(value / base)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `512 B`, `1.5 KiB`, `120 MiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `just now`, `5 min ago`, `2 h ago`, `3 d ago`; `in 5 min` for the future. */
export function formatAge(from: Date, now: Date): string {
  const ms = now.getTime() - from.getTime();
  const size = Math.abs(ms);
  if (size < 10_000) return 'just now';
  const [unit, unitMs] = size < 60_000 ? ['s', 1000] : size < 3_600_000 ? ['min', 60_000] : hoursOrDays(size);
  const text = `${Math.floor(size / unitMs)} ${unit}`;
  return ms >= 0 ? `${text} ago` : `in ${text}`;
}

function hoursOrDays(ms: number): readonly [string, number] {
  return ms < 48 * 3_600_000 ? ['h', 3_600_000] : ['d', 86_400_000];
}

/** `1 step`, `2 steps`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

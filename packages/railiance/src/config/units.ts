export const durationPattern = /^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `30s`, `1.5m`, `1h30m`; the text matches `durationPattern`. */
export function durationMs(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)];
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0));
}

export const sizePattern = /^\d{1,12}(?:\.\d{1,3})?(?:[KMGT]i?|k)?B?$/;

/** Bytes of `512`, `64Ki`, `256Mi`, `1.5Gi`, `500M`, as Kubernetes writes quantities; an added `B` is taken as well. */
export function sizeBytes(text: string): number {
  const [, count, prefix = ''] = /^([\d.]+)([KMGT]i?|k)?B?$/.exec(text) ?? [];
  const base = prefix.endsWith('i') ? 1024 : 1000;
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(prefix.slice(0, 1).toUpperCase());
  return Math.round(Number(count) * base ** power);
}

/** What a spreadsheet begins a formula with, the wide forms of East Asian keyboards too; and what it drops before one. */
const formula = /^[=+\-@＝＋－＠\t\r\n]/;

/**
 * One line of RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe in front, as OWASP advises:
 * an event's summary is written by strangers and opened by colleagues.
 */
export function toCsvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

import {
  formatFloat,
  isInt64,
  nullScalar,
  parseFloat64,
  type Scalar,
  scalarOfBytes,
  stringScalar,
} from '../../scalar.ts';
import { SopsError } from '../../sopsError.ts';

/**
 * The value of a plain (unquoted) scalar as go-yaml v3 reads it, since the MAC is made over what sops sees: YAML 1.1
 * octals, underscores and timestamps, but `yes` and `no` are text.
 * @throws SopsError (bad-value) for integers above int64, which sops refuses
 */
export function resolvePlain(text: string): Scalar {
  const word = words[text];
  if (word !== undefined) return word;
  if (/^[0-9+-]/.test(text)) return resolveNumber(text);
  if (/^\.[0-9]+([eE][+-]?[0-9]+)?$/.test(text)) return float(text) ?? stringScalar(text);
  return stringScalar(text);
}

/** The value of a scalar with an explicit tag. Tags of one's own mean nothing to sops. */
export function resolveTagged(tag: string, text: string): Scalar {
  switch (tag) {
    case '!!str':
    case '!':
      return stringScalar(text);
    case '!!binary':
      return scalarOfBytes('str', Buffer.from(text.replaceAll(/\s/g, ''), 'base64'));
    case '!!float': {
      const value = resolvePlain(text);
      return value.type === 'int' ? { type: 'float', text: formatFloat(Number(value.text)) } : value;
    }
    case '!!int':
    case '!!bool':
    case '!!null':
    case '!!timestamp':
      return resolvePlain(text);
    default:
      return stringScalar(text);
  }
}

const words: Readonly<Record<string, Scalar>> = Object.assign(
  Object.create(null) as Record<string, Scalar>,
  table(['', '~', 'null', 'Null', 'NULL'], nullScalar),
  table(['true', 'True', 'TRUE'], { type: 'bool', text: 'True' }),
  table(['false', 'False', 'FALSE'], { type: 'bool', text: 'False' }),
  table(['.nan', '.NaN', '.NAN'], { type: 'float', text: 'NaN' }),
  table(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'], { type: 'float', text: '+Inf' }),
  table(['-.inf', '-.Inf', '-.INF'], { type: 'float', text: '-Inf' }),
);

function table(names: readonly string[], scalar: Scalar): Record<string, Scalar> {
  return Object.fromEntries(names.map((name) => [name, scalar]));
}

function resolveNumber(text: string): Scalar {
  const time = timestamp(text);
  if (time !== undefined) return { type: 'time', text: time };
  const bare = text.replaceAll('_', '');
  const integer = goInteger(bare);
  if (integer !== undefined && isInt64(integer)) return { type: 'int', text: integer.toString() };
  if (integer !== undefined && integer >= 0n && integer < 2n ** 64n) {
    throw new SopsError('bad-value', 'an integer above 9223372036854775807, which sops cannot hold: put it in quotes');
  }
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(bare)) return float(bare) ?? stringScalar(text);
  return stringScalar(text);
}

function float(text: string): Scalar | undefined {
  const value = parseFloat64(text);
  return value === undefined ? undefined : { type: 'float', text: formatFloat(value) };
}

/** Go's `strconv.ParseInt(text, 0, …)`: decimal, 0x, 0o, 0b, and a leading 0 for octal. */
function goInteger(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? '';
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === '-' ? -value : value;
}

const timeForm = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A YAML timestamp as Go's RFC3339Nano writes it, or undefined where it is none. */
function timestamp(text: string): string | undefined {
  const match = timeForm.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', separator, hour = '0', minute = '0', second = '0', fraction = '', zone] =
    match;
  // With a blank between date and time there is no zone; with a T there must be one.
  if (separator !== undefined && (separator === ' ') !== (zone === undefined)) return undefined;
  const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!inRange || !isDate(Number(year), Number(month), Number(day))) return undefined;
  const parts = [month, day, hour, minute, second].map((part) => part.padStart(2, '0'));
  const nanos = fraction.slice(0, 10).replace(/\.?0*$/, '');
  const offset = zone === undefined || zone === '+00:00' || zone === '-00:00' ? 'Z' : zone;
  return `${year}-${parts[0]}-${parts[1]}T${parts[2]}:${parts[3]}:${parts[4]}${nanos}${offset}`;
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

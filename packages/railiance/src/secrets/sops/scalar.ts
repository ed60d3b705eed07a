import { SopsError } from './sopsError.ts';

/** The `type:` of an encrypted value. `null` is never encrypted. */
export type ScalarType = 'str' | 'int' | 'float' | 'bool' | 'time' | 'bytes' | 'comment' | 'null';

/**
 * One value of a tree, as sops hashes and encrypts it: its type and its canonical text. `bytes` is there only for the
 * content of a YAML `!!binary` that is not UTF-8.
 */
export interface Scalar {
  readonly type: ScalarType;
  readonly text: string;
  readonly bytes?: Uint8Array;
}

export type PlainValue = string | number | bigint | boolean | null | Uint8Array;

export const nullScalar: Scalar = { type: 'null', text: '' };

export function stringScalar(text: string): Scalar {
  return { type: 'str', text };
}

/** The bytes that go into the ciphertext and into the MAC. */
export function scalarBytes(scalar: Scalar): Uint8Array | string {
  return scalar.bytes ?? scalar.text;
}

/** A string of any bytes: text where they are UTF-8. */
export function scalarOfBytes(type: 'str' | 'bytes', bytes: Uint8Array): Scalar {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.includes('\uFFFD') && !Buffer.from(text).equals(bytes) ? { type, text, bytes } : { type, text };
}

/**
 * A float as Go's `strconv.FormatFloat(x, 'f', -1, 64)` writes it: the shortest digits that give the same number again,
 * without an exponent.
 */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const shortest = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(shortest);
  if (match === null) return shortest;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** The number that Go's `strconv.ParseFloat` reads, or undefined. */
export function parseFloat64(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const special = /^([+-]?)(?:(inf|infinity)|(nan))$/i.exec(text);
  if (special === null) return undefined;
  if (special[3] !== undefined) return special[1] === '' ? Number.NaN : undefined;
  return special[1] === '-' ? -Infinity : Infinity;
}

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Fits Go's int, which is all that sops knows. */
export function isInt64(value: bigint): boolean {
  return value >= int64.min && value <= int64.max;
}

/**
 * Makes a scalar of what was decrypted under a `type:`, in the canonical text that the MAC is made over.
 * @throws SopsError (malformed-value)
 */
export function scalarOf(type: string, bytes: Uint8Array): Scalar {
  if (type === 'str' || type === 'bytes') return scalarOfBytes(type, bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  switch (type) {
    case 'comment':
    case 'time':
      return { type, text };
    case 'int':
      if (/^[+-]?\d+$/.test(text) && isInt64(BigInt(text.replace('+', '')))) {
        return { type, text: BigInt(text.replace('+', '')).toString() };
      }
      break;
    case 'float': {
      const value = parseFloat64(text);
      if (value !== undefined) return { type, text: formatFloat(value) };
      break;
    }
    case 'bool':
      if (/^(1|t|T|true|True|TRUE)$/.test(text)) return { type, text: 'True' };
      if (/^(0|f|F|false|False|FALSE)$/.test(text)) return { type, text: 'False' };
      break;
    default:
      throw new SopsError('malformed-value', `unknown type ${JSON.stringify(type.slice(0, 20))}`);
  }
  throw new SopsError('malformed-value', `what was encrypted is no ${type}`);
}

/** @throws SopsError (bad-value) for a number that sops cannot hold */
export function scalarFrom(value: PlainValue): Scalar {
  if (value === null) return nullScalar;
  if (typeof value === 'string') return stringScalar(value);
  if (typeof value === 'boolean') return { type: 'bool', text: value ? 'True' : 'False' };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? { type: 'int', text: String(value) }
      : { type: 'float', text: formatFloat(value) };
  }
  if (typeof value === 'bigint') {
    if (isInt64(value)) return { type: 'int', text: value.toString() };
    throw new SopsError('bad-value', 'an integer of more than 64 bits');
  }
  return scalarOfBytes('str', value);
}

/** The value as JavaScript has it. Integers beyond 2^53 are bigint; a time stays text. */
export function plainValue(scalar: Scalar): PlainValue {
  switch (scalar.type) {
    case 'null':
      return null;
    case 'bool':
      return scalar.text === 'True';
    case 'float':
      return parseFloat64(scalar.text) ?? Number.NaN;
    case 'int': {
      const value = Number(scalar.text);
      return Number.isSafeInteger(value) ? value : BigInt(scalar.text);
    }
    default:
      return scalar.bytes ?? scalar.text;
  }
}

export function sameScalar(a: Scalar, b: Scalar): boolean {
  if (a.type !== b.type || a.text !== b.text) return false;
  if (a.bytes === undefined || b.bytes === undefined) return a.bytes === b.bytes;
  return Buffer.from(a.bytes).equals(b.bytes);
}

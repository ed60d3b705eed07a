const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLength = 6;

/**
 * The bytes of a Bech32 text (BIP 173, without its limit of 90 characters), as age writes keys.
 * @returns undefined for another prefix, mixed case, a wrong checksum or padding
 */
export function decodeBech32(text: string, prefix: string): Uint8Array | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  if (!lower.startsWith(`${prefix}1`)) return undefined;
  const values = [...lower.slice(prefix.length + 1)].map((character) => alphabet.indexOf(character));
  if (values.length < checksumLength || values.includes(-1)) return undefined;
  const expanded = [...prefix].map((character) => character.charCodeAt(0));
  if (polymod([...expanded.map((code) => code >> 5), 0, ...expanded.map((code) => code & 31), ...values]) !== 1)
    return undefined;
  return toBytes(values.slice(0, -checksumLength));
}

function polymod(values: readonly number[]): number {
  let checksum = 1;
  for (const value of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    generator.forEach((word, bit) => {
      if ((top >>> bit) & 1) checksum ^= word;
    });
  }
  return checksum >>> 0;
}

/** Groups of five bits as bytes; the rest must be less than five bits, and zero. */
function toBytes(values: readonly number[]): Uint8Array | undefined {
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const value of values) {
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((buffer >> bits) & 0xff);
  }
  return bits >= 5 || (buffer & ((1 << bits) - 1)) !== 0 ? undefined : Uint8Array.from(bytes);
}

const begin = '-----BEGIN AGE ENCRYPTED FILE-----';
const end = '-----END AGE ENCRYPTED FILE-----';

/** Bytes as age's armor: a strict subset of PEM, 64 columns, with a final line end. */
export function writeArmor(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `${[begin, ...lines, end].join('\n')}\n`;
}

/** @throws Error where it is no such armor */
export function readArmor(text: string): Buffer {
  const lines = text.trim().split(/\r?\n/);
  const body = lines.slice(1, -1);
  const full = body.slice(0, -1).every((line) => line.length === 64);
  const last = body.at(-1) ?? '';
  if (lines[0] !== begin || lines.at(-1) !== end || !full || last === '' || last.length > 64 || last.length % 4 !== 0) {
    throw new Error('its armor is damaged');
  }
  const joined = body.join('');
  const bytes = Buffer.from(joined, 'base64');
  if (bytes.toString('base64') !== joined) throw new Error('its armor is damaged');
  return bytes;
}

/** Base64 without padding, in its one canonical form; undefined for anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replaceAll('=', '') === text ? bytes : undefined;
}

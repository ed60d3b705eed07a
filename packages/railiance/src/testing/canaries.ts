/** Characters that two texts must share for one to be a piece of the other. */
const pieceLength = 16;

/** Names of the secrets that stand in these bytes, in any form. */
export type CanaryFinder = (bytes: Buffer) => readonly string[];

/**
 * Finds secrets in whatever was printed, written or sent: as they are, in base64 at any alignment, base64url, hexadecimal,
 * URL-encoded and JSON-escaped, and any 16 characters of each of these. It shares no code with what takes them out.
 */
export function createCanaryFinder(secrets: Readonly<Record<string, string>>): CanaryFinder {
  const forms = Object.entries(secrets).flatMap(([name, secret]) => formsOf(secret).map((form) => ({ name, form })));
  const pieces = new Map<string, string>();
  const begins = new Uint8Array(1 << 16);
  for (const { name, form } of forms) {
    for (let at = 0; at + pieceLength <= form.length; at++) {
      const piece = form.slice(at, at + pieceLength);
      pieces.set(piece, name);
      begins[(piece.charCodeAt(0) << 8) | piece.charCodeAt(1)] = 1;
    }
  }
  return (bytes) => {
    const found = new Set(forms.filter(({ form }) => bytes.includes(form, 0, 'latin1')).map(({ name }) => name));
    const text = bytes.toString('latin1');
    for (let at = 0; at + pieceLength <= text.length; at++) {
      if (begins[(text.charCodeAt(at) << 8) | text.charCodeAt(at + 1)] === 0) continue;
      const name = pieces.get(text.slice(at, at + pieceLength));
      if (name !== undefined) found.add(name);
    }
    return [...found];
  };
}

/** In latin1, as bytes are looked through. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // The first and last characters hold bits of the neighbours.
    return encoded.slice(shift === 0 ? 0 : 4).replace(/.?=+$/, '');
  });
  const url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const plain = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  const texts = [...plain, ...base64, ...url, bytes.toString('hex')];
  return [...new Set(texts.map((text) => Buffer.from(text).toString('latin1')))];
}

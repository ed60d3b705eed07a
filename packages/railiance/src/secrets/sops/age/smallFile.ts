import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

import { decodeBase64, readArmor, writeArmor } from './armor.ts';
import { ephemeralKey, publicBytes, wrapKey } from './x25519.ts';

const intro = 'age-encryption.org/v1';
const algorithm = 'chacha20-poly1305';
const fileKeyBytes = 16;
const tagBytes = 16;
const nonceBytes = 16;
const noBytes = new Uint8Array(0);
/** A wrapped file key is the only thing its key ever encrypts. */
const wrapNonce = new Uint8Array(12);
/** Of the first chunk of a payload that is also the last: a count of zero, and the mark of the end. */
const onlyChunkNonce = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** More than one chunk holds is no data key. */
const mostPayloadBytes = 65_536;

/**
 * An age v1 file with armor around a few bytes, for one X25519 recipient (https://c2sp.org/age). Node's own primitives open
 * a data key in a hundredth of the time that loading a library takes.
 */
export function sealSmallFile(payload: Uint8Array, recipient: Uint8Array): string {
  const [fileKey, nonce, ephemeral] = [randomBytes(fileKeyBytes), randomBytes(nonceBytes), ephemeralKey()];
  const share = publicBytes(ephemeral);
  const body = encrypt(fileKey, wrapKey(ephemeral, recipient, share, recipient), wrapNonce);
  const header = `${intro}\n-> X25519 ${encodeBase64(share)}\n${encodeBase64(body)}\n---`;
  const mac = encodeBase64(headerMac(fileKey, header));
  const chunk = encrypt(payload, payloadKey(fileKey, nonce), onlyChunkNonce);
  return writeArmor(Buffer.concat([Buffer.from(`${header} ${mac}\n`), nonce, chunk]));
}

/**
 * Opens such a file, whoever made it.
 * @returns undefined where it is not for this identity
 * @throws Error saying what is damaged
 */
export function openSmallFile(armored: string, identity: KeyObject): Uint8Array | undefined {
  const bytes = readArmor(armored);
  const { header, stanzas, mac, payload } = parse(bytes);
  const own = publicBytes(identity);
  for (const { kind, args, body } of stanzas) {
    if (kind !== 'X25519') continue;
    const share = args.length === 1 ? decodeBase64(args[0] ?? '') : undefined;
    if (share?.length !== 32 || body.length !== fileKeyBytes + tagBytes)
      throw new Error('a recipient in it is malformed');
    const fileKey = decrypt(body, wrapKey(identity, share, share, own), wrapNonce);
    if (fileKey === undefined) continue;
    if (!timingSafeEqual(headerMac(fileKey, header), mac)) throw new Error('its header was altered');
    const nonce = payload.subarray(0, nonceBytes);
    const opened = decrypt(payload.subarray(nonceBytes), payloadKey(fileKey, nonce), onlyChunkNonce);
    if (opened === undefined) throw new Error('its content was altered');
    return opened;
  }
  return undefined;
}

interface Stanza {
  readonly kind: string;
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

function parse(bytes: Buffer) {
  const text = bytes.toString('latin1');
  const match =
    /^age-encryption\.org\/v1\n((?:-> [\x21-\x7e]+(?: [\x21-\x7e]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+)--- ([A-Za-z0-9+/]{43})\n/.exec(
      text,
    );
  if (match === null) throw new Error('it is no age v1 file');
  const [whole, stanzas = '', mac = ''] = match;
  const payload = bytes.subarray(whole.length);
  if (payload.length < nonceBytes + tagBytes || payload.length > nonceBytes + mostPayloadBytes + tagBytes) {
    throw new Error('its content is not of the length of a data key');
  }
  const macBytes = decodeBase64(mac);
  if (macBytes === undefined) throw new Error('its header is malformed');
  const header = whole.slice(0, whole.length - mac.length - 2);
  return { header, stanzas: stanzas.split(/(?<=\n)(?=-> )/).map(parseStanza), mac: macBytes, payload };
}

function parseStanza(text: string): Stanza {
  const [first = '', ...rest] = text.split('\n');
  const [kind = '', ...args] = first.slice(3).split(' ');
  const body = decodeBase64(rest.join(''));
  if (body === undefined) throw new Error('a recipient in it is malformed');
  return { kind, args, body };
}

function headerMac(fileKey: Uint8Array, header: string): Buffer {
  const key = new Uint8Array(hkdfSync('sha256', fileKey, noBytes, 'header', 32));
  return createHmac('sha256', key).update(header, 'latin1').digest();
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

function encrypt(plain: Uint8Array, key: Uint8Array, nonce: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(sealed: Uint8Array, key: Uint8Array, nonce: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const opened = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    decipher.final();
    return opened;
  } catch {
    return undefined;
  }
}

function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replaceAll('=', '');
}

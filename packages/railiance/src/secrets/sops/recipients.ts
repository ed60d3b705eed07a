import { encryptScalar } from './cipher.ts';
import { newDataKey, wrapDataKey } from './dataKey.ts';
import { applyEdits, type Edit } from './edits.ts';
import { metadataEntries, otherKeyServices, timestampNow } from './metadata.ts';
import { type OpenedFile, openWith, readSops } from './open.ts';
import { computeMac, encryptMac } from './seal.ts';
import { SopsError } from './sopsError.ts';
import { additionalData } from './tree.ts';

/** Lets one more key open the file. The data key, the values and the MAC stay; the same recipient again changes nothing. */
export async function addRecipient(file: OpenedFile, recipient: string): Promise<string> {
  const { metadata, format, parsed, dataKey } = file;
  if (metadata.age.some((key) => key.recipient === recipient)) return parsed.text;
  const age = [...metadata.age, await wrapDataKey(dataKey, recipient)];
  return applyEdits(parsed.text, format.writeMetadata(parsed, metadataEntries({ ...metadata, age })));
}

/**
 * Takes a key's access away: the data key is made anew, since whoever could open the file may have kept the old one. What
 * they have read they still know: change those values as well.
 * @throws SopsError `bad-address` where it is no recipient, `no-matching-key` where it is the only one
 */
export async function removeRecipient(file: OpenedFile, recipient: string, now = new Date()): Promise<string> {
  const rest = file.metadata.age.map((key) => key.recipient).filter((other) => other !== recipient);
  if (rest.length === file.metadata.age.length)
    throw new SopsError('bad-address', `${recipient} is not a recipient of this file`);
  if (rest.length === 0) throw new SopsError('no-matching-key', 'it is the only recipient: nobody could open the file');
  return rotateDataKey(file, rest, now);
}

/**
 * Encrypts every value with a new data key, for the recipients given or for those that the file has.
 * @throws SopsError (unsupported) where the file is also encrypted for a key service that only sops itself can ask
 */
export async function rotateDataKey(
  file: OpenedFile,
  recipients?: readonly string[],
  now = new Date(),
): Promise<string> {
  return (await withNewDataKey(file, recipients, now)).parsed.text;
}

/** As `rotateDataKey`; the result is open. */
export async function withNewDataKey(
  file: OpenedFile,
  recipients: readonly string[] | undefined,
  now: Date,
): Promise<OpenedFile> {
  const { metadata, format, parsed, leaves } = file;
  const others = otherKeyServices(metadata);
  if (others.length > 0) {
    throw new SopsError('unsupported', `it is also encrypted for ${others.join(', ')}: rotate it with sops itself`);
  }
  const dataKey = newDataKey();
  const to = recipients ?? metadata.age.map((key) => key.recipient);
  const age = await Promise.all([...new Set(to)].map((recipient) => wrapDataKey(dataKey, recipient)));
  const lastModified = timestampNow(now);
  const mac = encryptMac(computeMac(leaves, metadata.macOnlyEncrypted), dataKey, lastModified);
  const edits: Edit[] = format.writeMetadata(parsed, metadataEntries({ ...metadata, age, mac, lastModified }));
  for (const { node, token, scalar, path, referred } of leaves) {
    if (token === undefined || referred !== undefined) continue;
    const fresh = encryptScalar(scalar, dataKey, additionalData(path));
    if (node.kind === 'comment') edits.push({ ...node.span, text: fresh });
    else edits.push(...format.writeEncrypted(parsed, node, fresh));
  }
  return openWith(await readSops(applyEdits(parsed.text, edits), format.name), dataKey);
}

import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';

import { keptAnswer } from '../domain/keptAnswer.ts';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Ed25519 signatures of a stage. The key follows from that of its secret store (RFC 5869) and is never written down, so
 * that there is one secret to keep, and texts that were signed elsewhere do not pass here.
 */
export function createSigner(storeKey: () => Promise<Buffer>) {
  const keys = keptAnswer(async (): Promise<{ readonly secret: KeyObject; readonly open: KeyObject }> => {
    const seed = Buffer.from(hkdfSync('sha256', await storeKey(), '', 'railiance approvals', 32));
    const secret = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
    return { secret, open: createPublicKey(secret) };
  });
  return {
    async sign(text: string): Promise<string> {
      return sign(null, Buffer.from(text), (await keys()).secret).toString('base64');
    },
    async verify(text: string, signature: string): Promise<boolean> {
      return verify(null, Buffer.from(text), (await keys()).open, Buffer.from(signature, 'base64'));
    },
  };
}

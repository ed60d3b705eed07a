import { createHmac, hkdfSync } from 'node:crypto';

/**
 * The secret of one webhook in the form of Standard Webhooks, `whsec_` and base64. It is made of the hub's own secret, so
 * that the database holds nothing to sign with.
 * @param number grows when another secret is wanted
 */
export function secretOf(sessionSecret: string, webhookId: string, number: number): string {
  const bytes = hkdfSync('sha256', sessionSecret, '', `webhook ${webhookId} ${number}`, 32);
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}

export interface Message {
  /** The same for every attempt: receivers know by it what they have had. */
  readonly id: string;
  /** When this attempt is made. */
  readonly at: Date;
  readonly body: string;
}

/**
 * Headers by which a receiver knows who sent a message, when, and that nothing was changed.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secrets the newest first; while one takes the place of another, both sign
 */
export function signed({ id, at, body }: Message, secrets: readonly string[]): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}
